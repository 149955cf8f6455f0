/**
 * From a request's header to who calls, or to a refusal. Each service does it itself and trusts no gateway.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Log } from '@sagakit/resilience/log';
import type { AuthConfig } from '../../config.ts';
import { tryLater } from '../problem.ts';
import { type Access, ANYBODY, type Caller, decideAccess, leastScope, NOBODY, scopesOf } from './access.ts';
import { createKeys, KeysAway, keySetAt } from './keys.ts';
import { scopeMissing, tokenInvalid, tokenMissing } from './refusals.ts';
import { createVerifier, InvalidToken, type Verify } from './tokens.ts';

/** Rejects with a Problem: 401, 403, or 503 while nobody can tell. */
export type Authorize = (access: Access, headers: IncomingHttpHeaders) => Promise<Caller>;

/** For who asks for no tokens. */
export const withoutTokens: Authorize = (access) => Promise.resolve(access === 'open' ? NOBODY : ANYBODY);

/** @param realm what the tokens are for, in words: the system's name */
export function authorizeBy(config: AuthConfig, realm: string, log: Pick<Log, 'info' | 'warn'>): Authorize {
  if (config.AUTH === 'off') {
    log.warn({}, 'AUTH=off: whoever reaches this port may do everything');
    return withoutTokens;
  }
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_JWKS: place } = config;
  const keys = createKeys(keySetAt(place), log);
  return withTokens(createVerifier({ issuer, audience, keys }), realm);
}

export function withTokens(verify: Verify, realm: string): Authorize {
  return async (access, { authorization }) => {
    if (access === 'open') return NOBODY;
    const token = bearerOf(authorization);
    if (token === undefined) throw tokenMissing(realm);
    const claims = await verify(token).catch((error: unknown) => {
      if (error instanceof InvalidToken) throw tokenInvalid(realm, error.message);
      if (error instanceof KeysAway) throw tryLater(error.message);
      throw error;
    });
    const caller = decideAccess(access, claims);
    if (caller) return caller;
    const wanted = scopesOf(access).join(' or ');
    throw scopeMissing(leastScope(access), `The token has not the scope that this call needs: ${wanted}.`);
  };
}

/** RFC 6750, 2.1. Undefined: there is none, or it is another scheme's. */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +([\w\-.~+/]+=*)$/i.exec(authorization ?? '')?.[1];
}
