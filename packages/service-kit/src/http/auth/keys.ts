/**
 * The public keys of the identity provider. Once fetched they are kept, whatever becomes of the provider:
 * what is signed with them is still good. A set that is newer is looked for now and then, and at once when a
 * token names a key that is not there.
 */
import { readFile } from 'node:fs/promises';
import type { Log } from '@sagakit/resilience/log';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';

export type Keys = {
  /**
   * Grows when the set is another one than before: what was verified with the one before may not be good any
   * more.
   */
  generation(): number;
  /** Rejects with KeysAway, or with what jose says. */
  keyOf: JWTVerifyGetKey;
};

/** Neither the key nor the provider is here: nobody can tell whether the token is good. */
export class KeysAway extends Error {
  override name = 'KeysAway';
}

/** A key that the provider has withdrawn is good for no longer than that. */
const REFRESH_MS = 5 * 60_000;
/** Tokens that name keys at random must not make a flood of questions. */
const RETRY_MS = 5_000;
/** While there is none at all, nothing is answered. */
const RETRY_AT_FIRST_MS = 1_000;
const FETCH_WITHIN_MS = 5_000;

/** @param place a url, or the path of a file with the same in it */
export const keySetAt = (place: string): (() => Promise<string>) =>
  /^https?:/.test(place)
    ? async () => {
        const response = await fetch(place, {
          redirect: 'error',
          signal: AbortSignal.timeout(FETCH_WITHIN_MS),
        });
        if (!response.ok) throw new Error(`GET ${place} was answered ${response.status}`);
        return response.text();
      }
    : () => readFile(place, 'utf8');

/** `fetch` throws a TypeError, too, with what is the matter in its cause. */
const isOurs = (error: Error) =>
  [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind) && !error.cause;

/** A provider that is away, or says nonsense, is no fault of ours: words do. */
function troubleOf(error: unknown): { trouble: string; err?: unknown } {
  if (!(error instanceof Error)) return { trouble: String(error) };
  const why: NodeJS.ErrnoException = error.cause instanceof Error ? error.cause : error;
  const trouble = why.message || why.code || why.name;
  return isOurs(error) ? { trouble, err: error } : { trouble };
}

const whatFollows = (isKept: boolean) =>
  isKept
    ? 'no keys from the identity provider; those from before are kept'
    : 'no keys from the identity provider; nobody is let in until they come';

/** Begins to fetch them. @param now milliseconds of a clock that only goes forward */
export function createKeys(
  load: () => Promise<string>,
  log: Pick<Log, 'info' | 'warn'>,
  now = () => performance.now(),
): Keys {
  let keys: { set: LocalJWKSet; text: string; at: number } | undefined;
  let generation = 0;
  let tried = { at: -Infinity, failed: false };
  let pending: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      const text = await load();
      if (text !== keys?.text) {
        const set = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
        generation += 1;
        keys = { set, text, at: now() };
        log.info({ keys: set.jwks().keys.map(({ kid }) => kid) }, 'keys of the identity provider');
      }
      keys.at = now();
      tried = { at: now(), failed: false };
    } catch (error) {
      tried = { at: now(), failed: true };
      log.warn({ ...troubleOf(error), kept: keys !== undefined }, whatFollows(keys !== undefined));
    }
  }

  /** One at a time, and not again at once. Never rejects. */
  function refresh(): Promise<void> {
    if (!pending && now() - tried.at < (keys ? RETRY_MS : RETRY_AT_FIRST_MS)) return Promise.resolve();
    pending ??= read().finally(() => (pending = undefined));
    return pending;
  }

  void refresh();
  const away = () => new KeysAway('The keys of the identity provider cannot be fetched.');

  return {
    generation() {
      if (keys && now() - keys.at >= REFRESH_MS) void refresh();
      return generation;
    },
    async keyOf(header, token) {
      if (!keys) await refresh();
      if (!keys) throw away();
      try {
        return await keys.set(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refresh();
        if (tried.failed) throw away();
        return keys.set(header, token);
      }
    },
  };
}
