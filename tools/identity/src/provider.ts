/**
 * The demo's identity provider: oidc-provider, which is certified, with the shop's scopes. Its access tokens
 * are JWTs (RFC 9068) for one audience. A team points AUTH_* at its own provider and leaves this one out.
 */
import type { Server } from 'node:http';
import { AUDIENCE, SCOPES } from '@order-saga/contracts/access';
import { safeServer } from '@sagakit/resilience/safe-headers';
import Provider from 'oidc-provider';
import type { Secrets } from './keys.ts';
import { memory } from './memory.ts';
import { answerInteraction, INTERACTION_S, isInteraction, signingIn } from './sign-in.ts';

const TOKEN_LIVES_SECONDS = 3_600;
/** Ports have no cookies of their own: other stacks on this host have theirs. */
function cookiesAt(issuer: string) {
  const { port, protocol } = new URL(issuer);
  const session = `order-saga-identity-${port || (protocol === 'https:' ? '443' : '80')}`;
  return { session, interaction: `${session}-asks`, resume: `${session}-goes-on` };
}

/** @param consoles where people sign in from */
export function createProvider(
  issuer: string,
  { keys, clients, cookies }: Secrets,
  consoles: readonly string[] = [],
): Provider {
  const scope = Object.keys(SCOPES).join(' ');
  const api = {
    scope,
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    accessTokenTTL: TOKEN_LIVES_SECONDS,
    jwt: { sign: { alg: 'RS256' } },
  } as const;
  return new Provider(issuer, {
    adapter: memory(clients, consoles),
    jwks: { keys: keys },
    cookies: { keys: [cookies], names: cookiesAt(issuer) },
    ...signingIn,
    scopes: Object.keys(SCOPES),
    responseTypes: ['code'],
    // Also of a client with a secret: a code is good for who began alone.
    pkce: { required: () => true },
    ttl: {
      AccessToken: TOKEN_LIVES_SECONDS,
      AuthorizationCode: 60,
      ClientCredentials: TOKEN_LIVES_SECONDS,
      Grant: TOKEN_LIVES_SECONDS,
      Interaction: INTERACTION_S,
      Session: INTERACTION_S,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => api,
        useGrantedResource: () => true,
      },
    },
  });
}

/** Its calls, and `/health/ready` beside them. */
export function serveProvider(provider: Provider): Server {
  const answer = provider.callback();
  return safeServer((request, response) => {
    if (/^\/health\/(started|ready|live)$/.test(request.url ?? ''))
      return void response.setHeader('content-type', 'application/json').end('{"status":"ready"}');
    if (isInteraction(request.url))
      return void answerInteraction(provider, request, response).catch(() => {
        if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
        response.end('This sign-in was not begun here, or took too long. Open the page again.');
      });
    void answer(request, response);
  });
}
