/**
 * One call to the outside: marked where it could still be dropped, within its time, noted by the circuit
 * breaker.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { CircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import { groupCommit } from '@sagakit/resilience/group-commit';
import type { Incoming } from '../incoming.ts';
import { effectSpan } from '../trace.ts';
import { type EffectRow, startEffects } from './effect-rows.ts';
import type { EffectHandler } from './effect.ts';
import { type FailureOptions, recordFailure } from './record-failure.ts';
import { resultOf } from './result.ts';

export type CallOptions = FailureOptions & {
  catalogue: Pick<Catalogue, 'identifier'>;
  handlers: readonly EffectHandler[];
  /** Commits a result. */
  onResult: (incoming: Incoming) => Promise<void>;
};

/** Makes the call; gives what is to be recorded of it. */
export type CallEffect = (effect: EffectRow) => Promise<() => Promise<void>>;

export function createCaller(options: CallOptions, breaker: CircuitBreaker): CallEffect {
  const { pool, log, observe } = options;
  const handlers = new Map(options.handlers.map((handler) => [handler.effect.kind, handler]));
  const beginning = groupCommit<string, boolean>({
    maxItems: 200,
    maxWaiting: Infinity, // bounded by the concurrency
    async run(ids) {
      const there = await startEffects(pool, ids);
      return ids.map((id) => there.has(id));
    },
  });

  /** False: it was dropped while it waited. */
  async function begin(effect: EffectRow): Promise<boolean> {
    const there = await beginning.submit(effect.id).catch((error) => {
      breaker.withdrawn();
      throw error;
    });
    if (there) return true;
    breaker.withdrawn();
    log.info({ effect: effect.kind, subject: effect.subject }, 'effect dropped before it was begun');
    observe.effect(effect.kind, 'dropped');
    return false;
  }

  function noteOutcome(succeeded: boolean): void {
    const before = breaker.open();
    if (succeeded) breaker.succeeded();
    else breaker.failed();
    if (breaker.open() === before) return;
    if (before) log.info({}, 'circuit closed: the other side answers again');
    else
      log.error({ tryInMs: breaker.waitMs() }, 'circuit opened: calls fail, only one is tried now and then');
  }

  return async (effect) => {
    const handler = handlers.get(effect.kind);
    if (!handler) throw new Error(`no handler for the effect ${effect.kind}`);
    if (!effect.begun && !(await begin(effect))) return async () => {};
    const { correlationid } = effect.cause;
    const span = effectSpan(options.catalogue, effect.kind, correlationid, effect.cause.traceparent);
    let data: unknown;
    try {
      data = await within(handler.timeoutMs, (signal) =>
        handler.call(effect.request, {
          subject: effect.subject,
          signal,
          headers: { traceparent: span.traceparent },
        }),
      );
      span.end();
      noteOutcome(true);
    } catch (error) {
      span.end(error);
      noteOutcome(false);
      return () => recordFailure(options, { effect, handler, error });
    }
    observe.effect(effect.kind, 'answered');
    return () => options.onResult(resultOf(effect, handler.effect.resultType, data, span.traceparent));
  };
}

/**
 * Throws when the time is over, whether or not the call heeds the signal: one that hangs must not hold its
 * place, and its claim, for ever. What an abandoned call says later is heard by nobody, since its outcome is
 * recorded as not known and the call is made again; only that call's result is decided about.
 */
async function within<T>(timeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abort = new AbortController();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    reject(error);
    abort.abort(error);
  }, timeoutMs);
  try {
    return await Promise.race([call(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
