/** What the provider remembers: clients by rule, all else in bounded memory until it expires. */
import { LRUCache } from 'lru-cache';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { scopesOf, secretOf } from './clients.ts';

const MAX_REMEMBERED = 10_000;

export function memory(stackSecret: string): AdapterFactory {
  const all = new LRUCache<string, AdapterPayload>({ max: MAX_REMEMBERED });
  return (model) => ({ ...remembering(all, model), ...(model === 'Client' ? clients(stackSecret) : {}) });
}

const clients = (stackSecret: string): Pick<Adapter, 'find'> => ({
  find: async (name) => {
    const scopes = scopesOf(name);
    if (!scopes) return undefined;
    return {
      client_id: name,
      client_secret: secretOf(stackSecret, name),
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: scopes.join(' '),
    };
  },
});

function remembering(all: LRUCache<string, AdapterPayload>, model: string): Adapter {
  const key = (id: string) => `${model}:${id}`;
  const where = async (fits: (payload: AdapterPayload) => boolean) =>
    [...all].find(([name, payload]) => name.startsWith(`${model}:`) && fits(payload))?.[1];
  return {
    upsert: async (id, payload, expiresIn) =>
      void all.set(key(id), payload, expiresIn ? { ttl: expiresIn * 1_000 } : {}),
    find: async (id) => all.get(key(id)),
    findByUid: (uid) => where((payload) => payload.uid === uid),
    findByUserCode: (userCode) => where((payload) => payload.userCode === userCode),
    destroy: async (id) => void all.delete(key(id)),
    async consume(id) {
      const payload = all.get(key(id));
      if (payload) payload['consumed'] = Math.floor(Date.now() / 1_000);
    },
    async revokeByGrantId(grantId) {
      for (const [name, payload] of all) if (payload.grantId === grantId) all.delete(name);
    },
  };
}
