/**
 * The recorded stories behind the console's API, and the built page, for looking at it without a stack: `node
 * run.mjs console/test/page/server.ts 4090`. Every answer is checked against its schema before it is sent. An
 * order that is placed is played in its own time.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { z } from 'zod';
import { Model, Reading } from '../../src/api-model.ts';
import * as api from '../../src/api.ts';
import { createHub } from '../../src/stream/hub.ts';
import { commandLine, noMore, numberAboveZero } from '../../../tools/command-line.ts';
import { interruption, runTool } from '../../../tools/run-tool.ts';
import { BEGAN } from '../records.ts';
import { CARDS, configOf, moneyOf, overviewOf, payloadOf, PRODUCTS, rowOf } from './answers.ts';
import { sendFile } from './built-page.ts';
import { play, type Played, answerAt } from './script.ts';
import { cancelledAt, type Kind, recorded, SCRIPTS } from './stories.ts';

const USAGE = `npm run console:fixture [-- 4090]

Serves the page that was built (npm run console:page) with recorded stories, on that port, without a stack.`;

const PEOPLE = ['operator', 'customer-1', 'viewer'];
const TICK_MS = 60;
/** A step's deadline, as short as a demo's. */
const SILENCE_MS = 4000;

type Telling = Played & { until: number };

export type PageServer = { url: string; stories: Record<Kind, string>; close: () => Promise<void> };

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  found: readonly string[],
  url: URL,
) => unknown;
type Route = [method: string, pattern: RegExp, answer: Answer];

/** @param shift how long after BEGAN the stories are said to have happened */
export async function servePage({ port = 0, shift = 0, readOnly = false } = {}): Promise<PageServer> {
  const told: Telling[] = recorded(shift).map((played) => ({ ...played, until: Infinity }));
  const stream = streamOf(told);
  const routes = [...aboutRoutes(told, readOnly), ...storyRoutes(told), ...shopRoutes(told), stream.route];
  const server = createServer((request, response) => {
    respond(routes, request, response).catch((error: unknown) => {
      // A browser that goes on to the next page breaks off what it was sending or reading.
      if (request.errored || response.destroyed) return;
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`,
    stories: idsByKind(),
    close: () => {
      stream.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function respond(routes: readonly Route[], request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  for (const [method, pattern, answer] of routes) {
    const match = pattern.exec(url.pathname);
    if (request.method === method && match)
      return answer(request, response, match.slice(1).map(decodeURIComponent), url);
  }
  if (url.pathname.startsWith('/api/')) return problem(response, 404, 'There is no such resource');
  return sendFile(response, url.pathname);
}

function idsByKind(): Record<Kind, string> {
  const kinds = Object.keys(SCRIPTS) as Kind[];
  const ids = recorded()
    .slice(0, kinds.length)
    .map(({ kind, correlationId }) => [kind, correlationId]);
  return Object.fromEntries(ids) as Record<Kind, string>;
}

/** Says what changed, while stories are played. */
function streamOf(told: readonly Telling[]): { route: Route; close: () => void } {
  const hub = createHub();
  const tick = setInterval(() => {
    const changed = told.flatMap((telling): [string, number][] => {
      const messages = advance(telling);
      return messages === undefined ? [] : [[telling.correlationId, messages]];
    });
    if (changed.length > 0) hub.changed(new Map(changed));
  }, TICK_MS).unref();
  const listen: Answer = (_, response, __, url) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const query = url.searchParams;
    const sink = {
      write: (text: string) => void response.write(text),
      isFull: () => false,
      end: () => void response.end(),
      cut: () => void response.destroy(),
    };
    const leave = hub.listen(sink, {
      story: query.get('story') ?? undefined,
      stories: query.has('stories'),
    });
    response.on('close', leave);
  };
  return {
    route: ['GET', /^\/api\/stream$/, listen],
    close() {
      clearInterval(tick);
      hub.close();
    },
  };
}

function aboutRoutes(told: readonly Telling[], readOnly: boolean): Route[] {
  const reading = { state: 'current' as const, behindSeconds: 0 };
  const model = { kafka: { state: 'joined' as const }, reading, behindSeconds: 0, generations: [] };
  const overview = () => overviewOf(told.map((one) => seen(one)));
  const found = (url: URL) => findIn(told, url.searchParams.get('q') ?? '');
  return [
    [
      'GET',
      /^\/api\/config$/,
      (_, to) => send(to, 200, configOf({ readOnly, silenceMs: SILENCE_MS }), api.Config),
    ],
    ['GET', /^\/api\/overview$/, (_, to) => send(to, 200, overview(), api.Overview)],
    [
      'GET',
      /^\/api\/session$/,
      (request, to) => send(to, 200, { signIn: true, people: PEOPLE, ...signedIn(request) }, api.SessionNow),
    ],
    ['POST', /^\/api\/session$/, signIn],
    ['GET', /^\/api\/model$/, (_, to) => send(to, 200, model, Model)],
    ['GET', /^\/api\/model\/reading$/, (_, to) => send(to, 200, reading, Reading)],
    ['GET', /^\/api\/stories$/, (_, to, __, url) => send(to, 200, list(told, url), api.Stories)],
    ['GET', /^\/api\/find$/, (_, to, __, url) => send(to, 200, found(url), api.Found)],
  ];
}

function storyRoutes(told: readonly Telling[]): Route[] {
  const find = (id = '') => told.find(({ correlationId }) => correlationId === id);
  const withStory =
    (answer: (to: ServerResponse, telling: Telling, rest: readonly string[], url: URL) => void): Answer =>
    (_, to, [id, ...rest], url) => {
      const telling = find(id);
      return telling ? answer(to, telling, rest, url) : problem(to, 404, 'There is no story with this id');
    };
  return [
    [
      'GET',
      /^\/api\/stories\/([^/]+)$/,
      withStory((to, telling, _, url) => {
        const at = Number(url.searchParams.get('at') ?? Number.POSITIVE_INFINITY);
        send(to, 200, seen(telling, at), api.Story);
      }),
    ],
    [
      'GET',
      /^\/api\/stories\/([^/]+)\/money$/,
      withStory((to, telling) => send(to, 200, moneyOf(seen(telling)), api.MoneyNow)),
    ],
    [
      'GET',
      /^\/api\/stories\/([^/]+)\/messages\/([^/]+)\/([^/]+)$/,
      withStory((to, { records }, [, message = '']) => {
        const payload = payloadOf(records, message);
        return payload ? send(to, 200, payload, api.Payload) : problem(to, 404, 'There is no such message');
      }),
    ],
  ];
}

function shopRoutes(told: Telling[]): Route[] {
  return [
    ['GET', /^\/api\/shop\/products$/, (_, to) => send(to, 200, { items: PRODUCTS }, api.Products)],
    ['POST', /^\/api\/shop\/orders$/, mayOrder((request, to) => place(request, to, told))],
    [
      'POST',
      /^\/api\/shop\/orders\/([^/]+)\/cancel$/,
      mayOrder((_, to, [orderId]) => cancel(orderId, to, told)),
    ],
  ];
}

/** Whom this browser has chosen to be; the operator at first. */
function signedIn({ headers: { cookie = '' } }: IncomingMessage) {
  const as = /(?:^|; )who=([\w-]+)/.exec(cookie)?.[1] ?? PEOPLE[0];
  const orders = as === 'viewer' ? 'none' : as === 'operator' ? 'any' : 'own';
  return { as, orders } as const;
}

const signIn: Answer = async (request, response) => {
  const { as, back } = JSON.parse(await bodyOf(request)) as { as: string; back: string };
  response.setHeader('set-cookie', `who=${as}; Path=/; SameSite=Strict`);
  send(response, 200, { location: back }, api.SignInAt);
};

/** As the console refuses it, in the words of the API. */
const mayOrder =
  (answer: Answer): Answer =>
  (request, response, ...rest) => {
    if (signedIn(request).orders !== 'none') return answer(request, response, ...rest);
    response.setHeader('www-authenticate', 'Bearer error="insufficient_scope", scope="orders"');
    const needed = 'The token has not the scope that this call needs: orders or orders:any.';
    return problem(response, 403, needed);
  };

const CANCELLING_PACE = 8;

/** One that is confirmed, sooner or later, is undone in its own time; the others cannot be any more. */
function cancel(orderId: string | undefined, response: ServerResponse, told: Telling[]): void {
  const place = told.findIndex((one) => one.orderId === orderId);
  const telling = told[place];
  const isConfirmed = telling?.script.said.some(({ type }) => type === 'OrderConfirmed');
  if (!telling || !isConfirmed || seen(telling).status === 'CANCELLED')
    return problem(response, 409, 'The order can no longer be cancelled');
  const { script } = telling;
  const ended = Math.max(...script.said.map((line) => line.at));
  const at = Math.max(Date.now() - BEGAN - script.placed, ended + CANCELLING_PACE);
  told[place] = { ...play(cancelledAt(script, at, CANCELLING_PACE)), until: Date.now() };
  send(response, 202, { orderId, status: 'CONFIRMED' }, api.Placed.pick({ orderId: true, status: true }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const whole = new WeakMap<Telling, api.Story>();

/** The story as far as it has been told; of one that has been told the whole is worked out once. */
function seen(telling: Telling, at = Number.POSITIVE_INFINITY): api.Story {
  const known = at === Infinity && telling.until === Infinity ? whole.get(telling) : undefined;
  if (known) return known;
  const story = answerAt({ ...telling, records: saidBy(telling) }, at);
  if (at === Infinity && telling.until === Infinity) whole.set(telling, story);
  return story;
}

const saidBy = ({ records, until }: Telling) =>
  records.filter(({ timestamp }) => until === Infinity || Number(timestamp) <= until);

/** How many messages came, if any did. */
function advance(telling: Telling): number | undefined {
  if (telling.until === Infinity) return undefined;
  const before = saidBy(telling).length;
  // Kafka's time of what was told last is a little ahead of ours.
  telling.until = Math.max(telling.until, Date.now());
  const now = saidBy(telling).length;
  if (now === telling.records.length) telling.until = Infinity;
  return now === before ? undefined : now - before;
}

function list(told: readonly Telling[], url: URL): api.Stories {
  const rows = told.map((one) => rowOf(seen(one))).toSorted((a, b) => (a.firstAt < b.firstAt ? 1 : -1));
  const query = url.searchParams;
  const fits = rows.filter(
    (row) =>
      (!query.get('reason') || row.reason === query.get('reason')) &&
      (!query.get('customer') || row.customerId === query.get('customer')) &&
      (!query.get('sagaStatus') || row.saga?.status === query.get('sagaStatus')) &&
      (query.get('has') !== 'parked' || row.parked > 0) &&
      (query.get('has') !== 'undo' || row.undone),
  );
  const of = (status: string) => fits.filter((row) => row.status === status).length;
  const status = query.get('status');
  const limit = Number(query.get('limit') ?? 50);
  return {
    items: fits.filter((row) => !status || row.status === status).slice(0, limit),
    counts: {
      PENDING: of('PENDING'),
      CONFIRMED: of('CONFIRMED'),
      REJECTED: of('REJECTED'),
      CANCELLED: of('CANCELLED'),
      other: 0,
      atLeast: false,
    },
  };
}

function findIn(told: readonly Telling[], q: string): api.Found {
  const fits = (id: string) => id === q || (q.length === 8 && id.endsWith(q));
  const hits = told.flatMap(({ correlationId, orderId, records }): api.Hit[] => [
    ...(fits(orderId) ? [{ kind: 'order' as const, id: orderId, label: 'Order', story: correlationId }] : []),
    ...(fits(correlationId)
      ? [{ kind: 'story' as const, id: correlationId, label: 'Story of an order', story: correlationId }]
      : []),
    ...records.flatMap(({ value }): api.Hit[] => {
      const { id, type, source } = JSON.parse(String(value)) as Record<'id' | 'type' | 'source', string>;
      return fits(id) ? [{ kind: 'message', id, label: `${type} of ${source}`, story: correlationId }] : [];
    }),
  ]);
  return { q, hits, more: false };
}

const byKey = new Map<string, api.Placed>();
const KIND_OF: Readonly<Record<string, Kind>> = {
  tok_declined: 'declined',
  tok_insufficient_funds: 'declined',
  tok_timeout: 'silent',
};

async function place(request: IncomingMessage, response: ServerResponse, told: Telling[]): Promise<void> {
  const key = String(request.headers['idempotency-key']);
  const order = api.OrderToPlace.parse(JSON.parse(await bodyOf(request)));
  const before = byKey.get(key);
  if (before) return send(response, 202, before, api.Placed);
  const lines = order.lines.map(({ sku, quantity }) => {
    const { name, price } = PRODUCTS.find((product) => product.sku === sku) ?? {
      name: sku,
      price: { amount: 100, currency: 'EUR' },
    };
    return { sku, name, quantity, unitPrice: price };
  });
  const tooMany = order.lines.some(
    ({ sku, quantity }) => quantity > (PRODUCTS.find((product) => product.sku === sku)?.available ?? 0),
  );
  const kind = tooMany ? 'outOfStock' : (KIND_OF[order.payment.token] ?? 'confirmed');
  const script = SCRIPTS[kind](500 + told.length, Date.now() - BEGAN);
  const shorter = script.said.map((line) => ({
    ...line,
    at: line.at > 100_000 ? line.at - 120_000 + SILENCE_MS : line.at * 8,
  }));
  const effects = (script.effects ?? []).map((effect) => ({
    ...effect,
    at: effect.at > 100_000 ? effect.at - 120_000 + SILENCE_MS : effect.at * 8,
    ms: Math.min(effect.ms * 8, 3000),
  }));
  const played = play({ ...script, lines, token: order.payment.token, said: shorter, effects });
  // Its first message is there with the answer.
  told.unshift({ ...played, until: Number(played.records[0]?.timestamp) });
  const answer: api.Placed = {
    orderId: played.orderId,
    status: 'PENDING',
    correlationId: played.correlationId,
  };
  byKey.set(key, answer);
  send(response, 202, answer, api.Placed);
}

function send(response: ServerResponse, status: number, body: unknown, schema: z.ZodType): void {
  const text = JSON.stringify(schema.parse(body));
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache' }).end(text);
}

function problem(response: ServerResponse, status: number, detail: string): void {
  const title = { 403: 'Forbidden', 404: 'Not found' }[status] ?? 'Conflict';
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(api.Problem.parse({ type: 'about:blank', title, status, detail })));
}

if (import.meta.main) {
  runTool(async () => {
    const [port = '4090', ...more] = commandLine(USAGE, {}).positionals;
    noMore('console:fixture', more);
    const shift = Date.now() - BEGAN - 3000;
    const { url, stories } = await servePage({ port: numberAboveZero('PORT', port), shift });
    console.log(url);
    for (const [kind, id] of Object.entries(stories)) console.log(`  ${kind}: ${url}/stories/${id}`);
    console.log(`  cards: ${CARDS.map(({ token }) => token).join(', ')}`);
    await interruption();
  });
}
