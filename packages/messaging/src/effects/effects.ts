/**
 * Makes the calls to the outside that handlers decided: after the commit, with bounded concurrency, again and again until
 * answered. The answer comes back through the batch path as an input of its own.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createCircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import { startEffects, claimEffects, claimUntil, deleteEffects, type EffectRow, postponeEffect } from './effect-rows.ts';
import { groupCommit } from '@sagakit/resilience/group-commit';
import type { Log } from '@sagakit/resilience/log';
import type { Observe } from '../observe.ts';
import { park } from '../dead-letters/dead-letters.ts';
import { resultOf } from '../aggregate/participant.ts';
import { backoffMs } from '@sagakit/resilience/retry';
import { effectSpan } from '../trace.ts';
import { withTransaction } from '@sagakit/postgres/transaction';
import type { Incoming } from '../aggregate/unit.ts';
import type { EffectHandler } from './effect.ts';

export type Effects = {
  start(): void;
  /** Effects that were just committed, claimed by this process. */
  take(effects: EffectRow[]): void;
  /** True if so many more would be called at once: none waits for a place or for the other side. */
  beginsAtOnce(count: number): boolean;
  /** True while the other side seems to be away: nothing is called but one try now and then. */
  circuitOpen(): boolean;
  /** Takes no more; waits for the calls in flight and the commits of their results, without a limit of its own. */
  stop(): Promise<void>;
};

/** A claim lasts this long unless renewed: after a crash another process takes over that soon. */
export const EFFECT_LEASE_MS = 15_000;
const RENEW_EVERY_MS = 5_000;
const RECOVER_EVERY_MS = 1_000;
const MAX_QUEUED = 2_000;
/** Calls that were made and whose outcome is being committed: they hold no place, since other calls need not wait for the database. */
const MAX_UNRECORDED = 1_000;
/** Taken over per look, less what is queued: with fewer a process that comes back to thousands would need minutes for them. */
const RECOVER_AT_ONCE = 500;
/** All effects of a service go to one other side, so they share one breaker. */
const BREAKER = { threshold: 10, backoff: { initialMs: 500, maxMs: 15_000 } };

export function createEffects(options: {
  catalogue: Pick<Catalogue, 'identifier'>;
  pool: Pool;
  handlers: readonly EffectHandler[];
  /** Commits an answer. */
  answer: (incoming: Incoming) => Promise<void>;
  concurrency: number;
  /** Called after the commit of a dead letter. */
  onParked?: () => void;
  log: Log;
  observe: Observe;
}): Effects {
  const { pool, log, observe } = options;
  const handlers = new Map(options.handlers.map((handler) => [handler.effect.kind, handler]));
  const stopping = new AbortController();
  const queue: EffectRow[] = [];
  /** Being called, or called and not yet recorded. */
  const inFlight = new Map<Promise<void>, EffectRow>();
  let calling = 0;
  const breaker = createCircuitBreaker(BREAKER);
  let later: NodeJS.Timeout | undefined;
  const beginning = groupCommit<string, boolean>({
    maxItems: 200,
    maxWaiting: Infinity, // bounded by the concurrency
    async run(ids) {
      const there = await startEffects(pool, ids);
      return ids.map((id) => there.has(id));
    },
  });

  function take(effects: EffectRow[]): void {
    // What does not fit is left to the recovery, which finds it when its lease ends: the memory stays bounded.
    queue.push(...effects.slice(0, Math.max(0, MAX_QUEUED - queue.length)));
    pump();
  }

  const hasPlaces = (count: number) => calling + count <= options.concurrency && inFlight.size - calling < MAX_UNRECORDED;

  function pump(): void {
    while (queue.length > 0 && hasPlaces(1) && !stopping.signal.aborted) {
      if (!breaker.enter()) return pumpIn(breaker.waitMs());
      const effect = queue.shift() as EffectRow;
      const call: Promise<void> = carryOut(effect)
        .catch((error) =>
          log.error({ err: error, effect: effect.kind, subject: effect.subject }, 'an effect could not be recorded'),
        )
        .finally(() => {
          inFlight.delete(call);
          pump();
        });
      inFlight.set(call, effect);
    }
  }

  function pumpIn(ms: number): void {
    clearTimeout(later);
    later = setTimeout(pump, ms);
  }

  function noteOutcome(succeeded: boolean): void {
    const before = breaker.open();
    if (succeeded) breaker.succeeded();
    else breaker.failed();
    if (breaker.open() === before) return;
    if (before) log.info({}, 'circuit closed: the other side answers again');
    else
      log.error({ tryInMs: breaker.waitMs() }, 'circuit opened: calls fail one after the other, only one is tried now and then');
  }

  /** The place is free as soon as the call has ended; what came of it is committed meanwhile. */
  async function carryOut(effect: EffectRow): Promise<void> {
    let record: () => Promise<void>;
    calling++;
    try {
      record = await make(effect);
    } finally {
      calling--;
      pump();
    }
    await record();
  }

  /** Makes the call; gives what is to be recorded of it. */
  async function make(effect: EffectRow): Promise<() => Promise<void>> {
    const handler = handlers.get(effect.kind);
    if (!handler) throw new Error(`no handler for the effect ${effect.kind}`);
    if (!effect.begun && !(await begin(effect))) return async () => {};
    const { correlationid } = effect.cause;
    const span = effectSpan(options.catalogue, effect.kind, correlationid, effect.cause.traceparent);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${handler.timeoutMs} ms`)), handler.timeoutMs);
    let data: unknown;
    try {
      data = await handler.call(effect.request, {
        subject: effect.subject,
        signal: late.signal,
        headers: { traceparent: span.traceparent },
      });
      span.end();
      noteOutcome(true);
    } catch (error) {
      span.end(error);
      noteOutcome(false);
      return () => failed(effect, handler, error);
    } finally {
      clearTimeout(timer);
    }
    observe.effect(effect.kind, 'answered');
    return () => options.answer(resultOf(effect, handler.effect.resultType, data, span.traceparent));
  }

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

  async function failed(effect: EffectRow, handler: EffectHandler, error: unknown): Promise<void> {
    const attempts = effect.attempts + 1;
    const fields = {
      effect: effect.kind,
      subject: effect.subject,
      correlationId: effect.cause.correlationid,
      traceId: effect.cause.traceparent.split('-')[1],
      attempts,
      err: error,
    };
    if (attempts >= (handler.maxAttempts ?? Infinity)) {
      await parkEffect(effect, attempts, error);
      observe.effect(effect.kind, 'parked');
      observe.parked('effect-gave-up');
      options.onParked?.();
      log.error(fields, 'effect parked');
      return;
    }
    const waitMs = backoffMs(handler.backoff, attempts);
    observe.effect(effect.kind, 'failed');
    log.warn({ ...fields, waitMs }, 'effect failed, retrying');
    await postponeEffect(pool, effect.id, String(error), waitMs);
  }

  async function parkEffect(effect: EffectRow, attempts: number, error: unknown): Promise<void> {
    const { correlationid } = effect.cause;
    const record = {
      topic: `effect.${effect.kind}`,
      partition: 0,
      offset: '0',
      key: Buffer.from(effect.subject),
      // The whole effect, so that a replay can call it again as if it had been decided now.
      value: Buffer.from(JSON.stringify(effect)),
      headers: [],
    };
    const reason = 'effect-gave-up' as const;
    // The effect's own id: given up once more, it is the same letter again, and its attempts add up.
    const letter = { id: effect.id, reason, error: String(error), attempts, type: effect.kind, correlationid, record };
    await withTransaction(pool, (tx) => tx.commit([...deleteEffects([effect.id]), ...park([letter])]));
  }

  /** Takes over effects of processes that died, and those whose next attempt is due. */
  async function recover(): Promise<void> {
    let renewedAt = performance.now();
    while (!stopping.signal.aborted) {
      const mine = [...queue, ...inFlight.values()].map(({ id }) => id);
      if (mine.length > 0 && performance.now() - renewedAt > RENEW_EVERY_MS) {
        renewedAt = performance.now();
        await claimUntil(pool, mine, EFFECT_LEASE_MS).catch((error) => log.debug({ err: error }, 'claims not renewed'));
      }
      // While the other side is away they are as well off with another replica.
      const room = (breaker.open() ? options.concurrency : RECOVER_AT_ONCE) - queue.length;
      if (room > 0) {
        await claimEffects(pool, room, EFFECT_LEASE_MS).then(take, (error) => log.debug({ err: error }, 'effects not read'));
      }
      await delay(RECOVER_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  let recovering: Promise<void> = Promise.resolve();
  return {
    start() {
      recovering = recover();
    },
    take,
    beginsAtOnce: (count) => queue.length === 0 && hasPlaces(count) && !breaker.open() && !stopping.signal.aborted,
    circuitOpen: breaker.open,
    async stop() {
      stopping.abort();
      clearTimeout(later);
      await recovering;
      // What was not begun is free at once for another replica, or for this service when it is back.
      const unbegun = queue.splice(0).map(({ id }) => id);
      if (unbegun.length > 0) await claimUntil(pool, unbegun, 0).catch(() => {});
      await Promise.allSettled(inFlight.keys());
    },
  };
}
