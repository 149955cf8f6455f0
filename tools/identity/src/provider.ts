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

const TOKEN_LIVES_SECONDS = 3_600;

export function createProvider(issuer: string, { keys, clients, cookies }: Secrets): Provider {
  const scope = Object.keys(SCOPES).join(' ');
  const api = {
    scope,
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    accessTokenTTL: TOKEN_LIVES_SECONDS,
    jwt: { sign: { alg: 'RS256' } },
  } as const;
  return new Provider(issuer, {
    adapter: memory(clients),
    jwks: { keys: keys },
    cookies: { keys: [cookies] },
    scopes: Object.keys(SCOPES),
    responseTypes: ['code'],
    ttl: { ClientCredentials: TOKEN_LIVES_SECONDS },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => api,
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
    void answer(request, response);
  });
}
