/** What the console asks the services, as any script may: by HTTP, each with a time-out of its own. */

type Answer = { status: number; contentType: string; body: string };
export type Asked = Answer | { away: string };

export type Upstream = {
  /** Never throws. @param path with its query */
  ask(service: string, path: string, options?: { withinMs?: number; init?: RequestInit }): Promise<Asked>;
  services(): string[];
  urlOf(service: string): string | undefined;
};

const WITHIN_MS = 500;
/** A console is no way to fill its own memory. */
const MAX_ANSWER = 4 * 1024 * 1024;

export function createUpstream(urls: ReadonlyMap<string, string>): Upstream {
  return {
    services: () => [...urls.keys()],
    urlOf: (service) => urls.get(service),
    async ask(service, path, { withinMs = WITHIN_MS, init = {} } = {}) {
      const url = urls.get(service);
      if (!url) return { away: 'its address is not known here' };
      try {
        const response = await fetch(`${url}${path}`, {
          ...init,
          redirect: 'error',
          signal: AbortSignal.timeout(withinMs),
        });
        const body = await response.text();
        if (body.length > MAX_ANSWER) return { away: 'its answer is too long' };
        return {
          status: response.status,
          contentType: response.headers.get('content-type') ?? 'application/json',
          body,
        };
      } catch (error) {
        const timedOut = (error as Error).name === 'TimeoutError';
        return { away: timedOut ? `it does not answer within ${withinMs} ms` : 'it does not answer' };
      }
    },
  };
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
