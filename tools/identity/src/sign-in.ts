/** How the demo signs people in: whom a client names, without a password and without a question. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AUDIENCE } from '@order-saga/contracts/access';
import { type Configuration, interactionPolicy, type Provider } from 'oidc-provider';
import { isPerson, scopesOf } from './clients.ts';

const PATH = '/interaction';

/** Nobody is asked for consent: what a person may do is known (clients.ts). */
function loginAlone() {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
}

export const signingIn = {
  interactions: { url: (_ctx, { uid }) => `${PATH}/${uid}`, policy: loginAlone() },
  findAccount: (_ctx, name) =>
    isPerson(name) ? { accountId: name, claims: async () => ({ sub: name }) } : undefined,
  async loadExistingGrant({ oidc: { client, session, provider } }) {
    const { accountId } = session ?? {};
    if (!client || accountId === undefined) return undefined;
    const grant = new provider.Grant({ clientId: client.clientId, accountId });
    grant.addResourceScope(AUDIENCE, (scopesOf(accountId) ?? []).join(' '));
    await grant.save();
    return grant;
  },
} satisfies Configuration;

export const isInteraction = (url: string | undefined): boolean => (url ?? '').startsWith(`${PATH}/`);

/** The one question there is, who it is, is answered by what the client asked for. */
export async function answerInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = await provider.interactionDetails(request, response);
  const { login_hint: name } = asked.params;
  if (typeof name !== 'string' || !isPerson(name))
    return provider.interactionFinished(request, response, {
      error: 'access_denied',
      error_description: 'the demo has nobody of that name',
    });
  // Another one may have been signed in before, of whom the provider would ask to leave first.
  if (asked.session) {
    await (await provider.Session.findByUid(asked.session.uid))?.destroy();
    delete asked.session;
    await asked.save(INTERACTION_S);
  }
  await provider.interactionFinished(request, response, { login: { accountId: name, remember: false } });
}

export const INTERACTION_S = 600;
