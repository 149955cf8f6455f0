/** What the provider remembers: clients by rule, all else in bounded memory until it expires. */
import { LRUCache } from 'lru-cache';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { metadataOf, secretOf } from './clients.ts';

const MAX_REMEMBERED = 10_000;

/** @param consoles where people sign in from */
export function memory(stackSecret: string, consoles: readonly string[]): AdapterFactory {
  const all = new LRUCache<string, AdapterPayload>({ max: MAX_REMEMBERED });
  return (model) => ({
    ...remembering(all, model),
    ...(model === 'Client' ? clients(stackSecret, consoles) : {}),
  });
}

const clients = (stackSecret: string, consoles: readonly string[]): Pick<Adapter, 'find'> => ({
  find: async (name) => {
    const metadata = metadataOf(name, consoles);
    return metadata && { client_id: name, client_secret: secretOf(stackSecret, name), ...metadata };
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
