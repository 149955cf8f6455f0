/**
 * Decide one, commit many: the whole batch that Kafka delivered goes through pure decisions in ONE
 * transaction.
 *
 *   decode + validate -> inbox -> load and lock all rows -> fold message by message
 *     -> save + outbox + effects -> COMMIT
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Masks } from '@sagakit/messages/personal';
import type { Pool } from 'pg';
import { databaseNow } from '@sagakit/postgres/clock';
import { block, lockBlocked, nameOf, type Queue, queueOf } from '../dead-letters/blocked-keys.ts';
import { park, type Parked } from '../dead-letters/dead-letters.ts';
import { eraseBeside } from '../dead-letters/erase.ts';
import { maskListed } from '../dead-letters/mask.ts';
import { type Decisions, decideBatch, describeError, loadUnitsOfWork, refusalOf } from './decide-batch.ts';
import { isTransient, sqlStateOf, troubleOf } from '@sagakit/postgres/database-errors';
import { IncompatibleReleaseError } from '../aggregate/decision.ts';
import { deleteEffects, type EffectRow } from '../effects/effect-rows.ts';
import type { OutboxBuffer } from '../outbox/outbox.ts';
import { keyOf, takeNew } from './inbox.ts';
import { createRouter, type Item } from './router.ts';
import type { Log } from '@sagakit/resilience/log';
import type { Observe } from '../observe.ts';
import type { RawRecord } from '@sagakit/kafka/record';
import { processSpan } from '../trace.ts';
import { EFFECTS } from '../effects/result.ts';
import { retry } from '@sagakit/resilience/retry';
import { withTransaction } from '@sagakit/postgres/transaction';
import type { Aggregate } from '../aggregate/unit.ts';
import type { Incoming } from '../incoming.ts';

export type ProcessorOptions = {
  /** The messages of the system. */
  catalogue: Catalogue;
  /** The consumer's name in the inbox: the service. */
  consumer: string;
  pool: Pool;
  aggregates: readonly Aggregate[];
  /** What is personal or secret is in no log, and in no outcome of a replay. */
  masks: Masks;
  log: Log;
  observe: Observe;
  /** Effects that the process may own without calling them yet is bounded: how long a claim lasts. */
  effectLeaseMs: number;
  /** The fast path to the relay of this process. */
  outbox: OutboxBuffer;
  /**
   * Whether calls committed now would start at once: then no undo may cancel them, and they need no mark of
   * their own. Default: yes.
   */
  startsAtOnce?: (count: number) => boolean;
  /** Told after the commit; they are claimed by this process. */
  onEffects: (effects: EffectRow[]) => void;
  /** Told after the commit: calls for these subjects that have not started must not. */
  onErased?: ((subjects: string[]) => void) | undefined;
  /** Called after the commit of dead letters. */
  onParked?: (() => void) | undefined;
  /**
   * The process met what another release must decide about: it should end, and start again without consuming.
   */
  onIncompatible: (error: IncompatibleReleaseError) => void;
};

export type Processor = {
  /**
   * A batch of records. Returns once it is committed; while the database is away it tries again until
   * `signal` aborts.
   */
  process(records: RawRecord[], signal: AbortSignal): Promise<void>;
  /** Inputs that are no records: effects' results, deadlines. Same path, same retries. */
  submit(incoming: Incoming[], signal: AbortSignal): Promise<void>;
  /** The topics that must be subscribed to. */
  topics: string[];
};

const RETRY = { initialMs: 100, maxMs: 5_000 };

export function createProcessor(options: ProcessorOptions): Processor {
  const router = createRouter(options);
  const ignored = (type: string) => options.observe.ignored(type, 'not-for-this-service');
  return {
    topics: router.topics,
    process: (records, signal) =>
      settle(
        options,
        records.flatMap((record) => router.fromRecord(record, ignored) ?? []),
        signal,
      ),
    submit: (incoming, signal) => settle(options, incoming.map(router.fromInput), signal),
  };
}

async function commit(
  options: ProcessorOptions,
  items: Item[],
): Promise<{ decisions: Decisions; duplicates: Item[] }> {
  const { catalogue, consumer, pool, aggregates, startsAtOnce, outbox } = options;
  return withTransaction(pool, async (tx) => {
    const keys = items.flatMap(({ inbox }) => inbox ?? []);
    const [fresh, blocked, units, now] = await tx.together(() => [
      takeNew(tx, consumer, keys),
      lockBlocked(tx, consumer, queuesOf(items)),
      loadUnitsOfWork(tx, items, aggregates),
      databaseNow(tx),
    ]);
    const todo = items.filter(({ inbox }) => inbox === undefined || fresh.delete(keyOf(inbox)));
    const decisions = decideBatch(todo, units, { catalogue, consumer, blocked, now, startsAtOnce, outbox });
    let failure: unknown;
    try {
      const ended = todo.flatMap(({ inbox }) => (inbox?.source === EFFECTS ? [inbox.id] : []));
      await tx.commit([
        ...decisions.writes(options.effectLeaseMs),
        ...deleteEffects(ended),
        ...park(decisions.parked),
        ...block(consumer, decisions.blocked),
        // Last: what this very batch parks goes too.
        ...eraseBeside(consumer, decisions.erased),
      ]);
      decisions.committed();
      return { decisions, duplicates: todo.length < items.length ? without(items, todo) : [] };
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      decisions.end(failure);
    }
  });
}

const without = (items: readonly Item[], todo: readonly Item[]): Item[] => {
  const decided = new Set(todo);
  return items.filter((item) => !decided.has(item));
};

/** What the inbox knew already: dropped, and said so where the message is traced. */
function reportDuplicates(
  duplicates: readonly Item[],
  { catalogue, consumer, observe }: ProcessorOptions,
): void {
  observe.duplicate(duplicates.length);
  for (const { incoming, record } of duplicates) {
    if (!incoming || !record) continue;
    const span = processSpan(catalogue, incoming.message, record, consumer);
    span.set({ duplicate: true });
    span.end();
  }
}

/**
 * Commits the items together; if the data breaks the batch, halves it until the culprit stands alone and is
 * parked.
 */
async function settle(options: ProcessorOptions, items: Item[], signal: AbortSignal): Promise<void> {
  if (items.length === 0) return;
  const { log, observe } = options;
  const started = performance.now();
  try {
    const { decisions, duplicates } = await retry(() => commit(options, items), {
      retryable: isTransient,
      backoff: RETRY,
      signal,
      onRetry: (error, attempt, waitMs) =>
        log.warn(
          { ...troubleOf(error), attempt, waitMs, messages: items.length },
          'database unavailable, retrying: the batch is not committed',
        ),
    });
    observe.batch(items.length, (performance.now() - started) / 1000);
    if (duplicates.length > 0) reportDuplicates(duplicates, options);
    reportDecisions(decisions, options);
  } catch (error) {
    if (isTransient(error)) throw error;
    if (error instanceof IncompatibleReleaseError) {
      options.onIncompatible(error);
      throw error;
    }
    const [only] = items;
    if (items.length > 1) {
      await settleHalves(options, items, signal);
    } else if (only?.record && !only.refused) {
      const refused = refusalOf(only.incoming, 'data-error', describeError(error));
      await settle(options, [{ ...only, refused: { ...refused, code: sqlStateOf(error) } }], signal);
    } else {
      throw error;
    }
  }
}

/**
 * A culprit that cannot be parked (the result of an effect) does not keep those behind it: they are settled
 * before its error is thrown.
 */
async function settleHalves(options: ProcessorOptions, items: Item[], signal: AbortSignal): Promise<void> {
  const half = Math.ceil(items.length / 2);
  let failure: Error | undefined;
  for (const part of [items.slice(0, half), items.slice(half)]) {
    try {
      await settle(options, part, signal);
    } catch (error) {
      if (isTransient(error) || error instanceof IncompatibleReleaseError) throw error;
      failure ??= error as Error;
    }
  }
  if (failure) throw failure;
}

/** The queues that the items could have to wait in, each once. */
function queuesOf(items: readonly Item[]): Queue[] {
  const queues = items.flatMap(({ record }) => (record && queueOf(record)) ?? []);
  return [...new Map(queues.map((queue) => [nameOf(queue), queue])).values()];
}

type Reporting = Pick<ProcessorOptions, 'masks' | 'log' | 'observe' | 'onEffects' | 'onParked' | 'onErased'>;

/** Counts and logs what was committed, and hands on the calls to be made. */
export function reportDecisions(
  { outcomes, parked, effects, erased }: Decisions,
  { masks, log, observe, onEffects, onParked, onErased }: Reporting,
): void {
  const debugs = log.isLevelEnabled('debug');
  for (const { incoming, outcome } of outcomes) {
    const { type } = incoming.message;
    observe.handled(type);
    if (outcome.ignored) {
      observe.ignored(type, outcome.ignored);
      log.info({ ...aboutMessage(incoming), reason: outcome.ignored }, 'message ignored');
    } else if (debugs) {
      const caused = outcome.messages.map((message) => message.type);
      log.debug({ ...aboutMessage(incoming), caused }, 'message handled');
    }
  }
  for (const deadLetter of parked) {
    observe.parked(deadLetter.reason);
    log.error(aboutParked(deadLetter, masks), 'message parked');
  }
  if (parked.length > 0) onParked?.();
  if (erased.length > 0) onErased?.(erased);
  if (effects.length > 0) onEffects(effects);
}

/** A log is read by whoever reads lists: it says no more. */
function aboutParked(
  { id: deadLetterId, reason, code, error, type, correlationid: correlationId, record }: Parked,
  masks: Masks,
) {
  const { topic, partition, offset } = record;
  const said = maskListed({ reason, error, type, topic }, masks);
  return { ...said, ...(code ? { code } : {}), correlationId, partition, offset, deadLetterId };
}

function aboutMessage({
  message: { type, correlationid: correlationId, id: messageId, subject, traceparent },
}: Incoming) {
  return { type, correlationId, messageId, subject, traceId: traceparent.split('-')[1] };
}
