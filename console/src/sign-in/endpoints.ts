/** Signing in, as calls. Where no tokens are asked for there is none, and they say so. */
import { MAY_ORDER } from '@order-saga/contracts/access';
import { decideAccess } from '@sagakit/service-kit/http/auth/access';
import type { RequestHandler } from 'express';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { SessionNow, SignInAt } from '../api.ts';
import { answering, type ConsoleEndpoint } from '../http/answers.ts';
import { NOT_OURS } from '../http/page.ts';
import { CALLBACK, type SignIn } from './sign-in.ts';

const NOT_STORED = { 'cache-control': 'no-store' };

export const signInEndpoints = (signIn: SignIn | undefined): ConsoleEndpoint[] => [
  now(signIn),
  begin(signIn),
  ...(signIn ? [end(signIn)] : []),
];

const now = (signIn: SignIn | undefined): ConsoleEndpoint =>
  answering(SessionNow, {
    method: 'get',
    path: '/api/session',
    summary: 'Who is signed in in this browser, and whom the demo offers to be',
    inputs: {},
    responses: { 200: 'It is so' },
    async handle(_, headers) {
      const session = signIn?.sessionOf(headers);
      const body: SessionNow = {
        signIn: signIn !== undefined,
        people: [...(signIn?.people ?? [])],
        ...(session ? { as: session.subject, scopes: [...session.scopes] } : {}),
        orders: signIn === undefined ? 'any' : ordersOf(session),
      };
      return { status: 200, body, headers: NOT_STORED };
    },
  });

/** By the rule that the calls themselves go by. */
function ordersOf(session: ReturnType<SignIn['sessionOf']>): SessionNow['orders'] {
  if (!session) return 'none';
  const caller = decideAccess(MAY_ORDER, { ...session, scopes: new Set(session.scopes) });
  if (!caller) return 'none';
  return caller.onlyOf === undefined ? 'any' : 'own';
}

const begin = (signIn: SignIn | undefined): ConsoleEndpoint =>
  answering(SignInAt, {
    method: 'post',
    path: '/api/session',
    summary: 'Begins to sign in, in the demo as somebody else: where the browser goes for it',
    inputs: {
      body: z.object({ as: z.string().max(200).optional(), back: z.string().max(2_000).default('/') }),
    },
    responses: {
      200: 'Go there',
      409: 'This stack asks nobody who they are',
      422: 'The demo has nobody of that name',
    },
    async handle({ body: { as, back } }, headers) {
      if (!signIn) throw new Problem(409, 'Nobody signs in here: this stack asks for no tokens (AUTH=off).');
      const { location, cookies } = signIn.begin(headers, as, back);
      return { status: 200, body: { location }, headers: { ...NOT_STORED, 'set-cookie': cookies } };
    },
  });

const Query = z.object({
  code: z.string().max(2_000).optional(),
  state: z.string().max(200).optional(),
  error: z.string().max(200).optional(),
});

const end = (signIn: SignIn): ConsoleEndpoint =>
  answering(z.string(), {
    method: 'get',
    path: CALLBACK,
    summary: 'Where the identity provider sends the browser back to',
    inputs: { query: Query },
    responses: { 303: 'Signed in', 400: 'It was not begun here', 403: 'The provider lets nobody in' },
    async handle({ query }, headers) {
      const { location, cookies } = await signIn.end(headers, query);
      return { status: 303, body: '', headers: { ...NOT_STORED, location, 'set-cookie': cookies } };
    },
  });

/** A call of the page carries the token that the browser's cookie stands for, unless it says one itself. */
export const withSession =
  (signIn: SignIn | undefined): RequestHandler =>
  (request, _response, next) => {
    const session = request.headers.authorization === undefined && signIn?.sessionOf(request.headers);
    if (session) request.headers.authorization = `Bearer ${session.token}`;
    next();
  };

/**
 * Whoever opens the page is signed in, if the provider is there; if it is not, or has just been asked, the
 * page is shown all the same: it can be read by everybody.
 */
export const signedInAtFirst =
  (signIn: SignIn | undefined, providerAnswers: () => Promise<boolean>): RequestHandler =>
  async (request, response, next) => {
    const { headers, method, path, originalUrl } = request;
    const opens =
      method === 'GET' &&
      headers['sec-fetch-mode'] === 'navigate' &&
      headers['sec-fetch-dest'] === 'document';
    if (!signIn || !opens || NOT_OURS.test(path)) return next();
    if (signIn.sessionOf(headers) || signIn.wasSentLately(headers) || !(await providerAnswers()))
      return next();
    const { location, cookies } = signIn.begin(headers, undefined, originalUrl);
    response
      .status(303)
      .set({ ...NOT_STORED, location, 'set-cookie': cookies })
      .end();
  };
