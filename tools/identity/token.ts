/**
 * Tokens of a running stack's identity provider: the one place from which the tools, the stories and the
 * bench have theirs.
 */
import { styleText } from 'node:util';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { clientTokens, type TokenSource } from '@sagakit/service-kit/http/auth/client-tokens';
import { StackError } from '../stack/stack-error.ts';
import type { StackState } from '../stack/state.ts';
import { scopesOf, secretOf } from './src/clients.ts';

export type Provider = { url: string; clientsSecret: string };

/** Undefined: the stack asks for no tokens. */
export function providerOf(state: StackState): Provider | undefined {
  const found = state.components.find(({ name }) => name === 'identity');
  if (!found?.url || !found.clientsSecret) return undefined;
  return { url: found.url, clientsSecret: found.clientsSecret };
}

/** What must be seen by who starts or looks at a stack that asks nobody who they are; undefined: it asks. */
export const openWarning = (state: StackState): string | undefined =>
  providerOf(state)
    ? undefined
    : styleText('red', 'AUTH=off: whoever reaches a port of this stack may do everything, under any name.');

/** Throws in words if there is no such client; what it gives rejects in words. */
export function tokensFor({ url, clientsSecret }: Provider, client: string): TokenSource {
  const scopes = scopesOf(client);
  if (!scopes) throw new StackError('identity', `there is no client ${client}`);
  const secret = secretOf(clientsSecret, client);
  const tokens = clientTokens({ tokenUrl: `${url}/token`, client, secret, scope: scopes.join(' ') });
  const inWords = (error: Error) => {
    throw new StackError('identity', error.message);
  };
  return { ...tokens, token: () => tokens.token().catch(inWords) };
}

/** By the origin of a service's address. */
const carried = new Map<string, TokenSource>();

/** From here on calls to the stack's services carry a token of that client, if the stack asks for any. */
export function carryTokens(state: StackState, client: string): void {
  const provider = providerOf(state);
  const tokens = provider && tokensFor(provider, client);
  for (const { name, url } of state.components) {
    if (!url || ![...SERVICES, CONSOLE.name].some((known) => known === name)) continue;
    if (tokens) carried.set(new URL(url).origin, tokens);
    else carried.delete(new URL(url).origin);
  }
}

/** The header for a call to that address; none where none is asked for. */
export async function authorizationFor(url: string): Promise<{ authorization?: string }> {
  const tokens = carried.get(new URL(url).origin);
  return tokens ? { authorization: `Bearer ${await tokens.token()}` } : {};
}

/** The token that was carried there was refused. True: another one may be tried. */
export function refusedThere(url: string, authorization: string | undefined): boolean {
  const tokens = carried.get(new URL(url).origin);
  if (!tokens || authorization === undefined) return false;
  tokens.forget(authorization.replace('Bearer ', ''));
  return true;
}
