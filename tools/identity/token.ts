/**
 * Tokens of a running stack's identity provider, for the tools: fetched when they are needed, kept while they
 * are good.
 */
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';
import { scopesOf, secretOf } from './src/clients.ts';

type Provider = { url: string; clientsSecret: string };

/** Undefined: the stack asks for no tokens. */
function providerOf(state: StackState): Provider | undefined {
  const found = state.components.find(({ name }) => name === 'identity');
  if (!found?.url || !found.clientsSecret) return undefined;
  return { url: found.url, clientsSecret: found.clientsSecret };
}

/** Throws in words: the stack asks for none, there is no such client, or the provider does not answer. */
export async function tokenOf(state: StackState, client: string): Promise<string> {
  const provider = providerOf(state);
  if (!provider)
    throw new StackError('token', 'this stack asks for none (AUTH=off): calls need no Authorization header');
  return (await fetchToken(provider, client)).token;
}

type Fetched = { token: string; goodMs: number };

/** OAuth's client credentials grant (RFC 6749, 4.4). */
export async function fetchToken({ url, clientsSecret }: Provider, client: string): Promise<Fetched> {
  const scopes = scopesOf(client);
  if (!scopes) throw new StackError('identity', `there is no client ${client}`);
  const credentials = Buffer.from(`${client}:${secretOf(clientsSecret, client)}`).toString('base64');
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' ') }),
    signal: AbortSignal.timeout(10_000),
  }).catch((error: Error) => {
    throw new StackError('identity', `no answer from ${url} (${causeOf(error)}). npm run stack -- status`);
  });
  const answer = (await response.json()) as {
    access_token?: string;
    expires_in?: number;
    error_description?: string;
  };
  if (!answer.access_token)
    throw new StackError('identity', `no token for ${client}: ${answer.error_description}`);
  return { token: answer.access_token, goodMs: (answer.expires_in ?? 0) * 1_000 };
}

const causeOf = ({ cause, message }: Error) => (cause instanceof Error ? cause.message : message);
