/**
 * Decide one, commit many: the whole batch that Kafka delivered goes through pure decisions in ONE transaction.
 *
 *   open + validate -> inbox -> load and lock all rows -> fold message by message -> save + outbox + effects -> COMMIT
 */
import type { Envelope } from '@order-saga/contracts/envelope';
import type { MessageDefinition } from '@order-saga/contracts/message';
import { definitionOf } from '@order-saga/contracts/registry';
import type { Topic } from '@order-saga/contracts/topics';
import type { Pool } from 'pg';
import { newId } from './random.ts';
import { type Parked, park } from './dead-letters.ts';
import { deleteEffects, type EffectRow, insertEffects } from './effect-rows.ts';
import { type InboxKey, keyOf, takeNew } from './inbox.ts';
import type { Log } from './log.ts';
import type { Observe } from './observe.ts';
import { openRecord, type ParkReason, type RawRecord } from './open.ts';
import { appendToOutbox } from './outbox.ts';
import { EFFECTS } from './participant.ts';
import { retry } from './retry.ts';
import { causeOf } from './seal.ts';
import { internalSpan, processSpan, type SpanHandle } from './trace.ts';
import { isTransient, type Tx, withTransaction } from './transaction.ts';
import type { Incoming, Outcome, Unit, WorkingSet } from './unit.ts';

export type ProcessorOptions = {
  /** The consumer's name in the inbox: the service. */
  consumer: string;
  pool: Pool;
  units: readonly Unit[];
  log: Log;
  observe: Observe;
  /** Effects that the process may own without calling them yet is bounded: how long a claim lasts. */
  effectLeaseMs: number;
  /** Told after each commit that wrote messages or parked some: wakes the relay. */
  onOutbox: () => void;
  /** Told after the commit; they are claimed by this process. */
  onEffects: (effects: EffectRow[]) => void;
  /** The database's clock would cost a round trip; a decision needs no more than this. */
  now?: () => Date;
};

/** An input on its way through one transaction. */
type Item = {
  inbox: InboxKey | undefined;
  record?: RawRecord;
  incoming?: Incoming;
  unit?: Unit;
  refused?: { reason: ParkReason; error: string; type?: string | undefined; correlationid?: string | undefined };
};

type Committed = { messages: number; effects: EffectRow[]; parked: Parked[]; duplicates: number; outcomes: [Item, Outcome][] };

export type Processor = {
  /** A batch of records. Returns once it is committed; while the database is away it tries again until `signal` aborts. */
  process(records: RawRecord[], signal: AbortSignal): Promise<void>;
  /** Inputs that are no records: effects' answers, deadlines. Same path, same retries. */
  submit(incoming: Incoming[], signal: AbortSignal): Promise<void>;
  /** The topics that must be subscribed to. */
  topics: Topic[];
};

const RETRY = { initialMs: 100, maxMs: 5_000 };

export function createProcessor(options: ProcessorOptions): Processor {
  const { consumer, pool, units, log, observe } = options;
  const definitions = new Map<string, MessageDefinition>(
    units.flatMap((unit) => unit.handles).map((definition) => [definition.type, definition]),
  );
  const unitOf = new Map<string, Unit>(
    units.flatMap((unit) =>
      [...unit.handles.map(({ type }) => type), ...(unit.local ?? [])].map((type) => [type, unit] as const),
    ),
  );

  function fromRecord(record: RawRecord): Item | undefined {
    const opened = openRecord(record, definitions);
    const place = { source: `kafka:${record.topic}/${record.partition}`, id: record.offset };
    if (opened.kind === 'unreadable') return { inbox: place, record, refused: opened };
    const { message } = opened;
    const inbox = { source: message.source, id: message.id };
    if (opened.kind === 'message') {
      const incoming = { message, cause: causeOf(message), partition: record.partition };
      return { inbox, record, incoming, unit: unitOf.get(message.type) as Unit };
    }
    if (record.topic.endsWith('.commands')) {
      const error = `${consumer} has no handler for the command ${message.type}`;
      const { type, correlationid } = message;
      return { inbox, record, refused: { reason: 'unknown-command', error, type, correlationid } };
    }
    // An event of no concern here, or of a newer writer: it leaves no trace in the database.
    observe.ignored(known(message.type), 'not-for-this-service');
    return undefined;
  }

  async function commit(items: Item[]): Promise<Committed> {
    return withTransaction(pool, async (tx) => {
      const keys = items.flatMap(({ inbox }) => inbox ?? []);
      const [fresh, sets] = await tx.together(() => [takeNew(tx, consumer, keys), loadUnits(tx, items, units)]);
      const todo = items.filter(({ inbox }) => inbox === undefined || fresh.delete(keyOf(inbox)));
      const now = options.now?.() ?? new Date();

      const parked: Parked[] = [];
      const outcomes: [Item, Outcome][] = [];
      const spans: SpanHandle[] = [];
      for (const item of todo) {
        if (item.refused) parked.push(letter(item, item.refused));
        else {
          const span = spanOf(item, consumer);
          spans.push(span);
          try {
            outcomes.push([item, fold(item, sets, span, now)]);
          } catch (error) {
            span.set({ 'order_saga.parked': true });
            if (!item.record) throw error; // nothing to park: an answer or a deadline that cannot be decided is a bug to see
            const { type, correlationid } = (item.incoming as Incoming).message;
            parked.push(letter(item, { reason: 'decision-failed', error: describe(error), type, correlationid }));
          }
        }
      }
      try {
        const messages = outcomes.flatMap(([, outcome]) => outcome.messages);
        const effects = outcomes.flatMap(([, outcome]) => outcome.effects);
        const answered = todo.flatMap(({ inbox }) => (inbox?.source === EFFECTS ? [inbox.id] : []));
        await tx.commit([
          ...[...sets.values()].flatMap((set) => set.save()),
          ...appendToOutbox(messages),
          ...insertEffects(effects, options.effectLeaseMs),
          ...deleteEffects(answered),
          ...park(parked),
        ]);
        for (const set of sets.values()) set.committed?.();
        return { messages: messages.length, effects, parked, duplicates: items.length - todo.length, outcomes };
      } finally {
        for (const span of spans) span.end();
      }
    });
  }

  function report(items: Item[], committed: Committed, seconds: number): void {
    observe.batch(items.length, seconds);
    if (committed.duplicates > 0) observe.duplicate(committed.duplicates);
    for (const [{ incoming }, outcome] of committed.outcomes) {
      const { type, correlationid: correlationId, id: messageId, subject, traceparent } = (incoming as Incoming).message;
      const about = { type, correlationId, messageId, subject, traceId: traceparent.split('-')[1] };
      observe.handled(type);
      if (outcome.ignored) {
        observe.ignored(type, outcome.ignored);
        log.info({ ...about, reason: outcome.ignored }, 'message ignored');
      } else {
        log.debug({ ...about, caused: outcome.messages.map((message) => message.type) }, 'message handled');
      }
    }
    for (const { reason, error, type, correlationid, record, id } of committed.parked) {
      observe.parked(reason);
      const { topic, partition, offset } = record;
      log.error(
        { reason, error, type, correlationId: correlationid, topic, partition, offset, deadLetterId: id },
        'message parked',
      );
    }
    if (committed.messages > 0 || committed.parked.length > 0) options.onOutbox();
    if (committed.effects.length > 0) options.onEffects(committed.effects);
  }

  /** Commits the items together; if the data breaks the batch, halves it until the culprit stands alone and is parked. */
  async function settle(items: Item[], signal: AbortSignal): Promise<void> {
    if (items.length === 0) return;
    const started = performance.now();
    try {
      const committed = await retry(() => commit(items), {
        retryable: isTransient,
        backoff: RETRY,
        signal,
        onRetry: (error, attempt, waitMs) =>
          log.warn(
            { err: error, attempt, waitMs, messages: items.length },
            'batch failed for want of the database, trying again',
          ),
      });
      report(items, committed, (performance.now() - started) / 1000);
    } catch (error) {
      if (isTransient(error)) throw error;
      const [only] = items;
      if (items.length > 1) {
        const half = Math.ceil(items.length / 2);
        await settle(items.slice(0, half), signal);
        await settle(items.slice(half), signal);
      } else if (only?.record && !only.refused) {
        const { type, correlationid } = (only.incoming as Incoming).message;
        await settle([{ ...only, refused: { reason: 'data-error', error: describe(error), type, correlationid } }], signal);
      } else {
        throw error;
      }
    }
  }

  return {
    topics: [...new Set([...definitions.values()].map(({ topic }) => topic))],
    process: (records, signal) =>
      settle(
        records.flatMap((record) => fromRecord(record) ?? []),
        signal,
      ),
    submit: (incoming, signal) =>
      settle(
        incoming.map((input) => ({
          inbox: inboxOf(input.message),
          incoming: input,
          unit: unitOf.get(input.message.type) as Unit,
        })),
        signal,
      ),
  };
}

/** Deadlines and operators' words need no inbox: the locked row decides whether they still count. */
const inboxOf = ({ source, id }: Envelope): InboxKey | undefined => (source === EFFECTS ? { source, id } : undefined);

async function loadUnits(tx: Tx, items: Item[], order: readonly Unit[]): Promise<Map<Unit, WorkingSet>> {
  const perUnit = new Map<Unit, Incoming[]>();
  for (const { unit, incoming } of items) {
    if (!unit || !incoming) continue;
    const list = perUnit.get(unit);
    if (list) list.push(incoming);
    else perUnit.set(unit, [incoming]);
  }
  // Issued one after the other, answered together; the order of the units is the order of the locks.
  const units = [...perUnit].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const loaded = await Promise.all(units.map(async ([unit, incoming]) => [unit, await unit.load(tx, incoming)] as const));
  return new Map(loaded);
}

function fold(item: Item, sets: Map<Unit, WorkingSet>, span: SpanHandle, now: Date): Outcome {
  const incoming = item.incoming as Incoming;
  const set = sets.get(item.unit as Unit) as WorkingSet;
  const outcome = set.handle({ ...incoming, cause: { ...incoming.cause, traceparent: span.traceparent } }, now);
  if (outcome.ignored) span.set({ 'order_saga.ignored': outcome.ignored });
  return outcome;
}

function spanOf({ incoming, record }: Item, consumer: string): SpanHandle {
  const { message, cause } = incoming as Incoming;
  return record
    ? processSpan(message, { ...record, consumer })
    : internalSpan(`process ${message.type}`, message.correlationid, cause.traceparent);
}

function letter({ record }: Item, refused: NonNullable<Item['refused']>): Parked {
  return { id: newId(), attempts: 1, record: record as RawRecord, ...pick(refused) };
}

const pick = ({ reason, error, type, correlationid }: NonNullable<Item['refused']>) => ({ reason, error, type, correlationid });

const describe = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Types come from outside; only those that the contracts know may become a metric label. */
function known(type: string): string {
  try {
    return definitionOf(type).type;
  } catch {
    return 'unknown';
  }
}
