/** A browser, played: its cookies, and what it says of itself when somebody goes somewhere. */
import { once } from 'node:events';
import http from 'node:http';

/** What a browser sends when somebody opens a page. */
export const NAVIGATES = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
};

/** Of one host. Its cookies are that host's, whatever the port; paths and ages do not matter here. */
export function playedBrowser() {
  const jar = new Map<string, string>();
  const setCookies: string[] = [];
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  function keep(lines: readonly string[]): void {
    for (const line of lines) {
      setCookies.push(line);
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
  return {
    /** Every `Set-Cookie` that it got. */
    setCookies,
    /** One request. Where it is sent to it does not go. */
    async ask(url: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { ...(jar.size > 0 ? { cookie: cookies() } : {}), ...init.headers },
      });
      keep(response.headers.getSetCookie());
      return response;
    },
    /** Goes there, and wherever it is sent. (fetch would say itself how it fetches.) */
    async open(url: string): Promise<{ status: number; url: string }> {
      for (let hop = 0; hop < 10; hop++) {
        const request = http.get(url, { headers: { ...NAVIGATES, cookie: cookies() } });
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        response.resume();
        keep(response.headers['set-cookie'] ?? []);
        const { location } = response.headers;
        if (location === undefined) return { status: response.statusCode ?? 0, url };
        url = new URL(location, url).href;
      }
      throw new Error(`it is sent around for ever, last to ${url}`);
    },
  };
}
