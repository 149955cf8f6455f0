/**
 * Who sits before the page. A browser has a cookie that says nothing; the token that it stands for never
 * leaves this process. Sessions are in memory: whoever comes after a restart is signed in anew.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { InvalidToken, type Verify } from '@sagakit/service-kit/http/auth/tokens';
import { Problem, tryLater } from '@sagakit/service-kit/http/problem';
import { LRUCache } from 'lru-cache';
import { cookie, cookieIn, namesAt } from './cookies.ts';
import { random, type SignInSettings, tokenFor, whereToSignIn } from './provider.ts';

type Session = { token: string; subject: string; scopes: readonly string[] };

export type SignIn = {
  /** Whom the demo offers to be; empty: the provider asks. */
  people: readonly string[];
  sessionOf(headers: IncomingHttpHeaders): Session | undefined;
  /** True: this browser was sent to the provider a moment ago, whatever became of it. */
  wasSentLately(headers: IncomingHttpHeaders): boolean;
  /** Where the browser goes now, and the cookies that it takes along. */
  begin(
    headers: IncomingHttpHeaders,
    as: string | undefined,
    back: string,
  ): { location: string; cookies: string[] };
  /** It has come back. Rejects with a Problem. */
  end(
    headers: IncomingHttpHeaders,
    query: { code?: string | undefined; state?: string | undefined; error?: string | undefined },
  ): Promise<{ location: string; cookies: string[] }>;
};

/** `who`: of those that the demo offers. Undefined: the provider asks. */
type Pending = { verifier: string; redirectUri: string; back: string; who: string | undefined };

type Options = {
  settings: SignInSettings;
  verify: Verify;
  people: readonly string[];
  /** Where people open the console, if it is not where the request's header Host says. */
  origin: string | undefined;
  /** What its cookies' names begin with. */
  name: string;
};

const MAX_SESSIONS = 1_000;
const SESSION_S = 3_600;
const PENDING_S = 600;
/** So long a browser that was sent to the provider is not sent there again by itself. */
const LATELY_S = 20;
export const CALLBACK = '/auth/callback';

export function createSignIn({ settings, verify, people, origin, name }: Options): SignIn {
  const sessions = new LRUCache<string, Session>({ max: MAX_SESSIONS, ttl: SESSION_S * 1_000 });
  const pending = new LRUCache<string, Pending>({ max: MAX_SESSIONS, ttl: PENDING_S * 1_000 });
  const here = ({ host }: IncomingHttpHeaders) => origin ?? `http://${host}`;
  const namesFor = (headers: IncomingHttpHeaders) => namesAt(here(headers), name);
  const lax = (of: string, value: string, maxAgeS: number, headers: IncomingHttpHeaders) =>
    cookie(of, value, { path: '/', sameSite: 'Lax', maxAgeS, isHttps: here(headers).startsWith('https:') });

  const sessionOf = (headers: IncomingHttpHeaders) => {
    const id = cookieIn(headers.cookie, namesFor(headers).session);
    return id === undefined ? undefined : sessions.get(id);
  };

  return {
    people,
    sessionOf,
    wasSentLately: (headers) => cookieIn(headers.cookie, namesFor(headers).lately) !== undefined,
    begin(headers, as, back) {
      const names = namesFor(headers);
      const last = cookieIn(headers.cookie, names.last);
      const who = as ?? people.find((one) => one === last) ?? people[0];
      if (who !== undefined && !people.includes(who)) throw nobody(422);
      const state = random();
      const verifier = random();
      const redirectUri = `${here(headers)}${CALLBACK}`;
      pending.set(state, { verifier, redirectUri, back: localPath(back), who });
      const location = whereToSignIn(settings, { state, verifier, redirectUri, as: who });
      return {
        location,
        cookies: [
          lax(names.pending, state, PENDING_S, headers),
          lax(names.lately, '1', LATELY_S, headers),
          ...(who === undefined ? [] : [lax(names.last, who, SESSION_S, headers)]),
        ],
      };
    },
    async end(headers, { code, state, error }) {
      const names = namesFor(headers);
      const begun = state === undefined ? undefined : pending.get(state);
      // Only the browser that was sent there: nobody signs another in.
      if (!begun || state === undefined || cookieIn(headers.cookie, names.pending) !== state)
        throw new Problem(400, 'This sign-in was not begun here, or took too long. Open the page again.');
      pending.delete(state);
      if (code === undefined)
        throw new Problem(403, `The identity provider lets nobody in: ${wordOf(error)}.`);
      const token = await tokenFor(settings, { ...begun, code }).catch((failed: Error) => {
        throw tryLater(`Nobody can be signed in: ${failed.message}.`);
      });
      const { subject, scopes } = await verify(token).catch((failed: Error) => {
        throw failed instanceof InvalidToken ? new Problem(403, failed.message) : tryLater(failed.message);
      });
      // The demo's provider signs in whoever the address names, and that lay in the visitor's hands.
      if (begun.who !== undefined && subject !== begun.who) throw nobody(403);
      const before = cookieIn(headers.cookie, names.session);
      if (before !== undefined) sessions.delete(before);
      const id = random();
      sessions.set(id, { token, subject, scopes: [...scopes] });
      const isHttps = here(headers).startsWith('https:');
      return {
        location: begun.back,
        cookies: [
          cookie(names.session, id, { path: '/', sameSite: 'Strict', maxAgeS: SESSION_S, isHttps }),
          lax(names.pending, '', 0, headers),
        ],
      };
    },
  };
}

const nobody = (status: number) =>
  new Problem(status, 'The demo has nobody of that name.', {
    errors: [{ field: 'as', message: 'is not offered' }],
  });

/** Of an error code of OAuth; a stranger may have written it. */
const wordOf = (error: string | undefined) =>
  /^[a-z_]{1,60}$/.test(error ?? '') ? error : 'it says nothing';

/** Nobody is sent to another site from here: also not by a path that is `//host` once its dots are gone. */
const localPath = (back: string): string => {
  const url = URL.parse(back, 'http://here');
  if (url?.origin !== 'http://here' || !back.startsWith('/') || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}`;
};
