/**
 * A payment provider to try things with: a process of its own, with its own ledger, that answers as each
 * token says.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Behaviour, chargeBehaviour, LATE_AFTER_DEADLINE_MS, refundBehaviour } from './behaviour.ts';
import { type Answer as HttpAnswer, NoAnswer, openDoor, textOf } from './door.ts';
import { type Entry, openLedger } from './ledger.ts';
import { Faults, NO_FAULTS } from './faults.ts';

const environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int(),
    LEDGER_FILE: z.string(),
    STEP_DEADLINE_MS: z.coerce.number().int().default(120_000),
  })
  .parse(Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim() !== '')));

const Money = z.object({ amount: z.int().min(0), currency: z.string() });
const Charge = z.object({ orderId: z.string(), amount: Money, token: z.string() });
const Refund = z.object({ orderId: z.string(), amount: Money });

const ledger = openLedger(environment.LEDGER_FILE);
/**
 * Failed calls per key, and the tokens of charges: gone with the process.
 */
const failures = new Map<string, number>();
const tokens = new Map<string, string>();

let faults = NO_FAULTS;
const stopping = new AbortController();
/** What is under way and not answered by then is cut: it may be slow on purpose. */
const FINISH_WITHIN_MS = 5_000;

type Answer = { status: number; body: object };

function failsNow(behaviour: Behaviour, key: string): boolean {
  if (behaviour.kind !== 'fail-first') return false;
  const failed = failures.get(key) ?? 0;
  failures.set(key, failed + 1);
  return failed < behaviour.calls;
}

/** The same key always gets the same answer, and moves money once. */
function settle(
  kind: Entry['kind'],
  orderId: string,
  amount: z.infer<typeof Money>,
  idempotencyKey: string,
  answer: Answer,
): Entry {
  const entry = { orderId, kind, amount, idempotencyKey, at: new Date().toISOString(), answer };
  ledger.record(entry);
  return entry;
}

async function charge(body: unknown, key: string): Promise<Answer> {
  const { orderId, amount, token } = Charge.parse(body);
  tokens.set(orderId, token);
  const behaviour = chargeBehaviour(token);
  let entry = ledger.byKey(key);
  if (!entry) {
    if (failsNow(behaviour, key)) return { status: 500, body: { error: 'internal error' } };
    const declined: Answer = {
      status: 402,
      body: { code: behaviour.kind === 'decline' ? behaviour.code : '' },
    };
    const charged: Answer = { status: 200, body: { paymentId: `pay_${orderId}` } };
    entry =
      behaviour.kind === 'decline'
        ? settle('declined', orderId, amount, key, declined)
        : settle('charge', orderId, amount, key, charged);
  }
  if (behaviour.kind === 'answer-late') {
    const answerAt = Date.parse(entry.at) + environment.STEP_DEADLINE_MS + LATE_AFTER_DEADLINE_MS;
    // A stop does not make it answer early.
    await delay(Math.max(0, answerAt - Date.now()), undefined, { signal: stopping.signal }).catch(() => {
      throw new NoAnswer();
    });
  }
  return entry.answer;
}

function refund(body: unknown, key: string): Answer {
  const { orderId, amount } = Refund.parse(body);
  const known = ledger.byKey(key);
  if (known) return known.answer;
  if (!ledger.entries(orderId).some(({ kind }) => kind === 'charge'))
    return { status: 404, body: { error: 'nothing was charged' } };
  if (failsNow(refundBehaviour(tokens.get(orderId)), key))
    return { status: 500, body: { error: 'internal error' } };
  return settle('refund', orderId, amount, key, { status: 200, body: { refundId: `ref_${orderId}` } }).answer;
}

async function route(request: IncomingMessage, url: URL): Promise<Answer> {
  if (request.method === 'GET' && /^\/health\/(started|ready|live)$/.test(url.pathname))
    return { status: 200, body: { status: 'ready' } };
  if (request.method === 'GET' && url.pathname === '/ledger') {
    const entries = ledger.entries(url.searchParams.get('orderId') ?? undefined);
    return { status: 200, body: { items: entries.map(({ answer: _, ...entry }) => entry) } };
  }
  if (request.method === 'PUT' && url.pathname === '/faults') {
    faults = Faults.parse(JSON.parse(await textOf(request)));
    return { status: 200, body: faults };
  }
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || (url.pathname !== '/charges' && url.pathname !== '/refunds'))
    return { status: 404, body: { error: 'there is no such call' } };
  if (typeof key !== 'string')
    return { status: 400, body: { error: 'the header Idempotency-Key is missing' } };
  const body: unknown = JSON.parse(await textOf(request));
  return asItFeels(url.pathname === '/refunds', async () =>
    url.pathname === '/charges' ? charge(body, key) : refund(body, key),
  );
}

const FAILED: Answer = { status: 500, body: { error: 'internal error' } };

async function asItFeels(isRefund: boolean, work: () => Promise<Answer>): Promise<Answer> {
  const { slowMs, failing, failingAfterwards, refusingRefunds } = faults;
  await delay(slowMs);
  if (failing || (refusingRefunds && isRefund)) return FAILED;
  const answer = await work();
  return failingAfterwards ? FAILED : answer;
}

async function answer(request: IncomingMessage, url: URL): Promise<HttpAnswer> {
  const { status, body } = await route(request, url).catch((error: Error): Answer => {
    const isTheirs = error instanceof z.ZodError || error instanceof SyntaxError;
    if (!isTheirs) throw error;
    return { status: 400, body: { error: error.message } };
  });
  return { status, body: JSON.stringify(body) };
}

const door = await openDoor({ host: environment.HOST, port: environment.PORT }, answer);
console.log(`payment provider simulator on port ${environment.PORT}`);

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  await door.close(FINISH_WITHIN_MS);
  ledger.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
