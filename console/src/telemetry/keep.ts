/**
 * Which traces are kept. So many a second as the budget has, and beyond it those that somebody will look at:
 * placed in the page, undone, parked, failed, slow. What a trace will be is seen late, so the others are held
 * back for a while. Traces of no story (a look at `/orders`) are not kept at all.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { SpanRow } from '../story/spans.ts';

type Why = 'budget' | 'page' | 'undone' | 'parked' | 'failed' | 'slow';
type Fate = 'kept' | 'held' | 'dropped' | 'unknown';

export type Kept = { spans: SpanRow[]; traces: { trace: string; why: Why }[] };

export type Keeper = {
  /** What is to be written now: spans of traces that are kept. */
  take(spans: readonly SpanRow[]): Kept;
  /** This trace is kept, whatever else comes. */
  always(trace: string): void;
  fateOf(trace: string): Fate;
  counts(): { kept: number; dropped: number };
  /** Spans that were to be written, and were not. */
  lost(spans: number): void;
};

export const LIMITS = {
  /** Traces of a second that are kept without a reason. */
  perSecond: 20,
  /** From the first beginning to the last end of a trace. */
  slowUs: 1_000_000,
  /** How long a trace may become one that is kept. Longer than a step's deadline. */
  holdMs: 180_000,
  /** In memory. */
  heldSpans: 10_000,
  spansOfTrace: 2_000,
  /** Traces whose fate is remembered. */
  remembered: 20_000,
};
export type Limits = typeof LIMITS;

type Held = {
  spans: SpanRow[];
  since: number;
  firstUs: number;
  lastUs: number;
  isStory: boolean;
  reason: Why | undefined;
  /** The budget was asked for it. */
  asked: boolean;
};

const own = (name: string) => `${catalogue.identifier}.${name}`;

/** What one span says of its trace. */
function reasonIn({ attributes, failed }: SpanRow): Why | undefined {
  if (attributes[own('parked')] !== undefined) return 'parked';
  if (catalogue.isUndo(String(attributes[own('message.type')] ?? ''))) return 'undone';
  return failed ? 'failed' : undefined;
}

/** A token for each trace; none that was not used is kept longer than a second. */
function createBudget(perSecond: number, now: () => number): () => boolean {
  let tokens = perSecond;
  let at = now();
  return () => {
    const passed = now() - at;
    at += passed;
    tokens = Math.min(perSecond, tokens + (passed * perSecond) / 1_000);
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

/** Remembers so many, the oldest goes first. */
function remember<V>(memory: Map<string, V>, most: number, key: string, value: V): void {
  memory.set(key, value);
  if (memory.size > most) memory.delete(memory.keys().next().value as string);
}

/** Traces that may become ones that are kept. */
function createHold({ heldSpans, holdMs, slowUs }: Limits, now: () => number) {
  const held = new Map<string, Held>();
  let spans = 0;

  function remove(trace: string, { spans: own }: Held): void {
    held.delete(trace);
    spans -= own.length;
  }

  return {
    has: (trace: string) => held.has(trace),
    remove,
    add(span: SpanRow): Held {
      const { trace, startUs, durationUs, story } = span;
      const one = held.get(trace) ?? newlyHeld(startUs, now());
      held.set(trace, one);
      one.spans.push(span);
      spans++;
      one.isStory ||= story !== null;
      one.firstUs = Math.min(one.firstUs, startUs);
      one.lastUs = Math.max(one.lastUs, startUs + durationUs);
      one.reason ??= reasonIn(span) ?? (one.lastUs - one.firstUs >= slowUs ? 'slow' : undefined);
      return one;
    },
    /** Takes out what was held too long, or is too much. */
    forget(): [trace: string, held: Held][] {
      const out: [string, Held][] = [];
      for (const [trace, one] of held) {
        if (spans <= heldSpans && now() - one.since < holdMs) break;
        remove(trace, one);
        out.push([trace, one]);
      }
      return out;
    },
  };
}

const newlyHeld = (startUs: number, since: number): Held => ({
  ...{ spans: [], since, firstUs: startUs, lastUs: startUs },
  ...{ isStory: false, asked: false, reason: undefined },
});

/** @param now milliseconds of a clock that only goes forward */
export function createKeeper(now: () => number = () => performance.now(), limits: Limits = LIMITS): Keeper {
  const wanted = new Map<string, true>();
  /** How many spans of it were taken. */
  const kept = new Map<string, number>();
  const dropped = new Map<string, true>();
  const held = createHold(limits, now);
  const mayKeep = createBudget(limits.perSecond, now);
  let keptSpans = 0;
  let droppedSpans = 0;

  function whyKeep(trace: string, one: Held): Why | undefined {
    if (wanted.has(trace)) return 'page';
    if (!one.isStory || one.reason !== undefined || one.asked) return one.isStory ? one.reason : undefined;
    one.asked = true;
    return mayKeep() ? 'budget' : undefined;
  }

  function takeOne(span: SpanRow, out: Kept): void {
    const { trace } = span;
    const before = kept.get(trace);
    if (before !== undefined && before >= limits.spansOfTrace) droppedSpans++;
    else if (before !== undefined) {
      kept.set(trace, before + 1);
      out.spans.push(span);
    } else {
      const one = held.add(span);
      const why = whyKeep(trace, one);
      if (why === undefined) return;
      held.remove(trace, one);
      dropped.delete(trace);
      remember(kept, limits.remembered, trace, one.spans.length);
      out.traces.push({ trace, why });
      out.spans.push(...one.spans);
    }
  }

  function forget(): void {
    for (const [trace, { spans, isStory }] of held.forget()) {
      if (!isStory) continue;
      droppedSpans += spans.length;
      remember(dropped, limits.remembered, trace, true);
    }
  }

  return {
    take(spans) {
      const out: Kept = { spans: [], traces: [] };
      for (const span of spans) takeOne(span, out);
      keptSpans += out.spans.length;
      forget();
      return out;
    },
    always: (trace) => remember(wanted, limits.remembered, trace, true),
    fateOf(trace) {
      if (kept.has(trace)) return 'kept';
      if (held.has(trace)) return 'held';
      return dropped.has(trace) ? 'dropped' : 'unknown';
    },
    counts: () => ({ kept: keptSpans, dropped: droppedSpans }),
    lost(spans) {
      keptSpans -= spans;
      droppedSpans += spans;
    },
  };
}
