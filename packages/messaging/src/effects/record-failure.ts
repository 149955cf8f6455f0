/** What becomes of an effect whose call failed: another attempt later, or a dead letter. */
import { withTransaction } from '@sagakit/postgres/transaction';
import type { Log } from '@sagakit/resilience/log';
import { backoffMs } from '@sagakit/resilience/retry';
import type { Pool } from 'pg';
import { park } from '../dead-letters/dead-letters.ts';
import { effectTopic } from '../dead-letters/effect-topic.ts';
import type { Observe } from '../observe.ts';
import { deleteEffects, type EffectRow, postponeEffect, startEffects } from './effect-rows.ts';
import type { EffectHandler } from './effect.ts';

export type FailureOptions = {
  pool: Pool;
  /** Called after the commit of a dead letter. */
  onParked?: (() => void) | undefined;
  log: Log;
  observe: Observe;
};

export async function recordFailure(
  { pool, onParked, log, observe }: FailureOptions,
  { effect, handler, error }: { effect: EffectRow; handler: EffectHandler; error: unknown },
): Promise<void> {
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
    if (!(await parkEffect(pool, { effect, attempts, error }))) return log.info(fields, 'effect erased');
    observe.effect(effect.kind, 'parked');
    observe.parked('effect-gave-up');
    onParked?.();
    log.error(fields, 'effect parked');
    return;
  }
  const waitMs = backoffMs(handler.backoff, attempts);
  observe.effect(effect.kind, 'failed');
  log.warn({ ...fields, waitMs }, 'effect failed, retrying');
  await postponeEffect(pool, effect.id, String(error), waitMs);
}

/** False: it was erased while it was called, and what it asked for must not come back as a dead letter. */
async function parkEffect(
  pool: Pool,
  { effect, attempts, error }: { effect: EffectRow; attempts: number; error: unknown },
): Promise<boolean> {
  const { correlationid } = effect.cause;
  const record = {
    topic: effectTopic(effect.kind),
    partition: 0,
    offset: '0',
    key: Buffer.from(effect.subject),
    // The whole effect, so that a replay can call it again as if it had been decided now.
    value: Buffer.from(JSON.stringify(effect)),
    headers: [],
  };
  const reason = 'effect-gave-up' as const;
  // The effect's own id: given up once more, it is the same dead letter again, and its attempts add up.
  const deadLetter = {
    id: effect.id,
    reason,
    error: String(error),
    attempts,
    type: effect.kind,
    correlationid,
    record,
  };
  return withTransaction(pool, async (tx) => {
    const isThere = (await startEffects(tx, [effect.id])).has(effect.id);
    if (isThere) await tx.commit([...deleteEffects([effect.id]), ...park([deadLetter])]);
    return isThere;
  });
}
