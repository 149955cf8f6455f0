/** What the console asks the services, as any script may: by HTTP, each with a time-out of its own. */
import type { TokenSource } from '@sagakit/service-kit/http/auth/client-tokens';

/** `says`: the headers by which a refusal tells what would do, and when. */
type Answer = { status: number; contentType: string; body: string; says: Record<string, string> };
/**
 * `slow`: it may answer yet, only not in time. `error`: it answers, or may, with nothing that is of use.
 */
export type Silence = 'away' | 'slow' | 'error';
export type Asked = Answer | { away: string; why: Silence };

export type Upstream = {
  /** Never throws. @param path with its query */
  ask(service: string, path: string, options?: { withinMs?: number; init?: RequestInit }): Promise<Asked>;
  services(): string[];
  urlOf(service: string): string | undefined;
};

const WITHIN_MS = 500;
const PASSED_ON = ['www-authenticate', 'retry-after'];
/** A console is no way to fill its own memory. */
const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * @param tokensFor where the tokens are from by which a service knows us, where the call carries none of its
 *   own; undefined: it asks for none
 */
export function createUpstream(
  urls: ReadonlyMap<string, string>,
  tokensFor: (service: string) => TokenSource | undefined = () => undefined,
): Upstream {
  return {
    services: () => [...urls.keys()],
    urlOf: (service) => urls.get(service),
    async ask(service, path, { withinMs = WITHIN_MS, init = {} } = {}) {
      const url = urls.get(service);
      if (!url) return { away: 'its address is not known here', why: 'away' };
      const signal = AbortSignal.timeout(withinMs);
      const given = new Headers(init.headers).has('authorization');
      const tokens = given ? undefined : tokensFor(service);
      let here = false;
      try {
        const token = await before(signal, tokens?.token());
        here = true;
        const { response, body } = await callWith(token, `${url}${path}`, { ...init, signal });
        if (response.status === 401 && token !== undefined) tokens?.forget(token);
        if (body.length > MAX_ANSWER) return { away: 'its answer is too long', why: 'error' };
        return {
          status: response.status,
          contentType: response.headers.get('content-type') ?? 'application/json',
          body,
          says: Object.fromEntries(
            PASSED_ON.flatMap((name) => {
              const value = response.headers.get(name);
              return value === null ? [] : [[name, value]];
            }),
          ),
        };
      } catch (error) {
        if ((error as Error).name === 'TimeoutError')
          return { away: `it does not answer within ${withinMs} ms`, why: 'slow' };
        if (!here) return { away: 'no token for it is to be had', why: 'error' };
        return { away: 'it does not answer', why: 'away' };
      }
    },
  };
}

async function callWith(token: string | undefined, url: string, init: RequestInit) {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers, redirect: 'error' });
  return { response, body: await response.text() };
}

/** What is slow is given up when the call is. */
function before<T>(signal: AbortSignal, work: Promise<T> | undefined): Promise<T> | undefined {
  if (work === undefined) return undefined;
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([work, aborted]);
}

/** The JSON of a good answer. */
export function jsonOf(asked: Asked): unknown {
  if ('away' in asked || asked.status >= 300) return undefined;
  try {
    return JSON.parse(asked.body) as unknown;
  } catch {
    return undefined;
  }
}
