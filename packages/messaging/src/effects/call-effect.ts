/**
 * One call to the outside: marked where it could still be cancelled, within its time, noted by the circuit
 * breaker.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { CircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import { groupCommit } from '@sagakit/resilience/group-commit';
import type { Log } from '@sagakit/resilience/log';
import { withTimeout } from '@sagakit/resilience/timeout';
import type { Incoming } from '../incoming.ts';
import { effectSpan } from '../trace.ts';
import { type EffectRow, startEffects } from './effect-rows.ts';
import type { EffectHandler, PreparedCall } from './effect.ts';
import { type FailureOptions, recordFailure } from './record-failure.ts';
import { resultOf } from './result.ts';

export type CallOptions = FailureOptions & {
  catalogue: Pick<Catalogue, 'identifier'>;
  handlers: readonly EffectHandler[];
  /** Commits a result. */
  onResult: (incoming: Incoming) => Promise<void>;
};

/**
 * Makes a call that the breaker has let in, and tells it what came of it; gives what is to be recorded.
 */
export type CallEffect = (effect: EffectRow) => Promise<() => Promise<void>>;

/** What became of the call, as far as the other side is concerned. */
type Outcome = 'answered' | 'failed' | 'not-asked';
type Ended = { outcome: Outcome; record: () => Promise<void> };

export function createCaller(options: CallOptions, breaker: CircuitBreaker): CallEffect {
  const { pool, log, observe } = options;
  const handlers = new Map(options.handlers.map((handler) => [handler.effect.kind, handler]));
  const starting = groupCommit<string, boolean>({
    maxItems: 200,
    maxWaiting: Infinity, // bounded by the concurrency
    async run(ids) {
      const there = await startEffects(pool, ids);
      return ids.map((id) => there.has(id));
    },
  });

  /** False: it was cancelled while it waited. */
  async function start(effect: EffectRow): Promise<boolean> {
    if (await starting.submit(effect.id)) return true;
    log.info({ effect: effect.kind, subject: effect.subject }, 'effect cancelled before it was started');
    observe.effect(effect.kind, 'dropped');
    return false;
  }

  async function carryOut(effect: EffectRow): Promise<Ended> {
    const handler = handlers.get(effect.kind);
    if (!handler) throw new Error(`no handler for the effect ${effect.kind}`);
    const failed = (error: unknown) => () => recordFailure(options, { effect, handler, error });
    let call: PreparedCall;
    try {
      call = handler.prepare(effect.request);
    } catch (error) {
      // Our fault, or written by another release, which may be there again at the next attempt: it counts and
      // is seen like any failed attempt. It is not started, so it can still be cancelled.
      return { outcome: 'not-asked', record: failed(error) };
    }
    if (!effect.started && !(await start(effect))) return { outcome: 'not-asked', record: async () => {} };
    const { correlationid } = effect.cause;
    const span = effectSpan(options.catalogue, effect.kind, correlationid, effect.cause.traceparent);
    let data: unknown;
    try {
      const headers = { traceparent: span.traceparent };
      data = await within(handler.timeoutMs, (signal) => call({ subject: effect.subject, signal, headers }));
      span.end();
    } catch (error) {
      span.end(error);
      return { outcome: 'failed', record: failed(error) };
    }
    observe.effect(effect.kind, 'answered');
    const result = resultOf(effect, handler.effect.resultType, data, span.traceparent);
    return { outcome: 'answered', record: () => options.onResult(result) };
  }

  return async (effect) => {
    // Whichever way it ends: the one try of an open circuit that nobody gives back would be the last.
    let outcome: Outcome = 'not-asked';
    try {
      const ended = await carryOut(effect);
      outcome = ended.outcome;
      return ended.record;
    } finally {
      note(outcome, breaker, log);
    }
  };
}

function note(outcome: Outcome, breaker: CircuitBreaker, log: Log): void {
  const before = breaker.open();
  if (outcome === 'answered') breaker.succeeded();
  else if (outcome === 'failed') breaker.failed();
  else breaker.withdrawn();
  if (breaker.open() === before) return;
  if (before) log.info({}, 'circuit closed: the other side answers again');
  else log.error({ tryInMs: breaker.waitMs() }, 'circuit opened: calls fail, only one is tried now and then');
}

/**
 * Throws when the time is over, whether or not the call heeds the signal: one that hangs must not hold its
 * place, and its claim, for ever. What an abandoned call says later is heard by nobody, since its outcome is
 * recorded as not known and the call is made again; only that call's result is decided about.
 */
function within<T>(timeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  return withTimeout(call(abort.signal), timeoutMs, (): never => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    abort.abort(error);
    throw error;
  });
}
