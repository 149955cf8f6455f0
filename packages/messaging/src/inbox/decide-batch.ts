/**
 * Folds the items of one transaction through the pure decisions. Writes nothing: what is to be written is
 * handed back as statements.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import { nameOf, type Queue, queueOf } from '../dead-letters/blocked-keys.ts';
import type { Parked } from '../dead-letters/dead-letters.ts';
import { IncompatibleReleaseError } from '../aggregate/decision.ts';
import { cancelEffects, type EffectName, type EffectRow, insertEffects } from '../effects/effect-rows.ts';
import { appendToOutbox, type OutboxBuffer } from '../outbox/outbox.ts';
import { newId } from '@sagakit/resilience/ids';
import type { Statement } from '@sagakit/postgres/statement';
import { internalSpan, processSpan, type SpanHandle } from '../trace.ts';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Aggregate, Outcome, UnitOfWork } from '../aggregate/unit.ts';
import type { Incoming } from '../incoming.ts';
import type { Item, Refusal } from './router.ts';

export type UnitsOfWork = ReadonlyMap<Aggregate, UnitOfWork>;

/**
 * The rows that the items touch, loaded and locked aggregate by aggregate, always in the same turn: so two
 * batches cannot deadlock.
 */
export async function loadUnitsOfWork(
  tx: Tx,
  items: readonly Item[],
  inTurn: readonly Aggregate[],
): Promise<UnitsOfWork> {
  const perAggregate = new Map<Aggregate, Incoming[]>();
  for (const item of items) {
    if (item.refused) continue;
    const list = perAggregate.get(item.aggregate);
    if (list) list.push(item.incoming);
    else perAggregate.set(item.aggregate, [item.incoming]);
  }
  const ordered = [...perAggregate].sort(([a], [b]) => inTurn.indexOf(a) - inTurn.indexOf(b));
  // Issued one after the other, answered together.
  const loaded = await Promise.all(
    ordered.map(async ([aggregate, incoming]) => [aggregate, await aggregate.load(tx, incoming)] as const),
  );
  return new Map(loaded);
}

export type Decisions = {
  outcomes: { incoming: Incoming; outcome: Outcome }[];
  parked: Parked[];
  /** Queues that begin or grow here. */
  blocked: Queue[];
  effects: EffectRow[];
  /**
   * Subjects about which what was said is taken back: what is parked or waits to be called for them goes too.
   */
  erased: string[];
  /** Everything but the parked ones. */
  writes(effectLeaseMs: number): Statement[];
  /** After the COMMIT. */
  committed(): void;
  /**
   * Ends the spans, whatever became of the transaction.
   *
   * @param failure why there was no COMMIT
   */
  end(failure?: unknown): void;
};

export type DecideOptions = {
  catalogue: Catalogue;
  consumer: string;
  now: Date;
  /** Names of queues that are blocked already (see blocked-keys.ts). */
  blocked: ReadonlySet<string>;
  /** Whether so many calls would start right after the commit (see Effects). Default: they would. */
  startsAtOnce?: ((count: number) => boolean) | undefined;
  /** Has the messages for the relay of this process. */
  outbox?: OutboxBuffer | undefined;
  /** A parked message that is replayed, or only tried (see processSpan). Default: it was delivered. */
  mode?: 'replayed' | 'tried';
};

export function decideBatch(items: readonly Item[], units: UnitsOfWork, options: DecideOptions): Decisions {
  const parked: Parked[] = [];
  const outcomes: Decisions['outcomes'] = [];
  const spans: SpanHandle[] = [];
  const blocked = new Map<string, Queue>();
  const erased = new Set<string>();
  const isBlocked = (queue: Queue) => blocked.has(nameOf(queue)) || options.blocked.has(nameOf(queue));

  function park(item: Item, refused: Refusal): void {
    // A result or a deadline that cannot be decided is a bug to see: there is nothing that could be parked.
    if (!item.record) throw new Error(refused.error);
    parked.push(deadLetterOf(item, refused));
    const queue = queueOf(item.record);
    if (queue) blocked.set(nameOf(queue), queue);
  }
  function parkUntried(item: Item, refused: Refusal): void {
    const span = untriedSpan(item, refused, options);
    if (span) spans.push(span);
    park(item, refused);
  }

  for (const item of items) {
    const queue = item.record && queueOf(item.record);
    if (item.refused) parkUntried(item, item.refused);
    else if (queue && isBlocked(queue) && !waitsForNothing(item, options.catalogue))
      parkUntried(item, waitsBehind(item.incoming));
    else {
      const span = spanOf(item, options);
      spans.push(span);
      try {
        outcomes.push({ incoming: item.incoming, outcome: fold(item, units, span, options.now) });
        if (item.erases) erased.add(item.incoming.message.subject);
      } catch (error) {
        if (!item.record || error instanceof IncompatibleReleaseError) throw error;
        span.set({ parked: 'decision-failed' });
        park(item, refusalOf(item.incoming, 'decision-failed', describeError(error)));
      }
    }
  }

  const messages = outcomes.flatMap(({ outcome }) => outcome.messages);
  const { effects: decided, cancels } = withoutCancelled(outcomes.map(({ outcome }) => outcome));
  const wanted = decided.filter(({ subject }) => !erased.has(subject));
  const atOnce = options.startsAtOnce?.(wanted.length) ?? true;
  const effects = wanted.map((effect) => ({ ...effect, started: effect.started || atOnce }));
  return {
    outcomes,
    parked,
    blocked: [...blocked.values()],
    effects,
    erased: [...erased],
    writes: (leaseMs) => [
      ...[...units.values()].flatMap((unit) => unit.save()),
      ...appendToOutbox(options.catalogue, messages, options.outbox),
      ...insertEffects(effects, leaseMs),
      ...cancelEffects(cancels),
    ],
    committed() {
      for (const unit of units.values()) unit.committed?.();
    },
    end(failure) {
      for (const span of spans) span.end(failure);
    },
  };
}

/** What is cancelled may have been decided in the same batch: then it is not even stored. */
function withoutCancelled(outcomes: readonly Outcome[]): { effects: EffectRow[]; cancels: EffectName[] } {
  const effects: EffectRow[] = [];
  const stored: EffectName[] = [];
  for (const outcome of outcomes) {
    for (const cancelled of outcome.cancels ?? []) {
      const at = effects.findIndex(
        ({ kind, subject }) => kind === cancelled.kind && subject === cancelled.subject,
      );
      if (at < 0) stored.push(cancelled);
      else effects.splice(at, 1);
    }
    effects.push(...outcome.effects);
  }
  return { effects, cancels: stored };
}

export function refusalOf(
  { message: { type, correlationid } }: Incoming,
  reason: Refusal['reason'],
  error: string,
): Refusal {
  return { reason, error, type, correlationid };
}

/**
 * An undo may overtake its do (its cancellation marker makes that safe): a poisoned do must not keep what it
 * holds for as long as no operator looks. What takes back must not wait for what it takes.
 */
const waitsForNothing = ({ erases, incoming }: Accepted, catalogue: Catalogue): boolean =>
  erases === true || catalogue.isUndo(incoming.message.type);

const waitsBehind = (incoming: Incoming) =>
  refusalOf(
    incoming,
    'waits-behind',
    'an earlier message of its key is parked and must be replayed or discarded first',
  );

type Accepted = Extract<Item, { aggregate: Aggregate }>;

function fold({ incoming, aggregate }: Accepted, units: UnitsOfWork, span: SpanHandle, now: Date): Outcome {
  const unit = units.get(aggregate) as UnitOfWork;
  const outcome = unit.handle(
    { ...incoming, cause: { ...incoming.cause, traceparent: span.traceparent } },
    now,
  );
  if (outcome.ignored) span.set({ ignored: outcome.ignored });
  return outcome;
}

function spanOf(
  { incoming: { message, cause }, record }: Accepted,
  { catalogue, consumer, mode }: DecideOptions,
): SpanHandle {
  return record
    ? processSpan(catalogue, message, record, consumer, mode)
    : internalSpan(catalogue, `process ${message.type}`, message.correlationid, cause.traceparent);
}

/** What was not even tried has a span that says so, if it can be read whose it is. */
function untriedSpan(
  { incoming, record }: Item,
  { reason }: Refusal,
  { catalogue, consumer, mode }: DecideOptions,
): SpanHandle | undefined {
  if (!incoming || !record) return undefined;
  const span = processSpan(catalogue, incoming.message, record, consumer, mode);
  span.set({ parked: reason });
  return span;
}

function deadLetterOf({ record, inbox }: Item, refused: Refusal): Parked {
  const { reason, error, code, type, correlationid } = refused;
  return {
    id: newId(),
    attempts: reason === 'waits-behind' ? 0 : 1,
    record: record as NonNullable<typeof record>,
    inbox: inbox?.source.startsWith('kafka:') ? undefined : inbox,
    reason,
    error,
    ...(code ? { code } : {}),
    type,
    correlationid,
  };
}

export const describeError = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
