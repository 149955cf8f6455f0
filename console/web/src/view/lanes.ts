/**
 * The picture of a story: one lane for each service that took part, in the order in which they came in, its
 * messages in causal order from left to right. Pure layout, in pixels.
 */
import type { Span, StoryEvent } from '@order-saga/console/api';
import { type Axis, timeAxis } from './time-axis.ts';

type Placed = {
  id: string;
  lane: string;
  /** The middle of its mark. */
  x: number;
  y: number;
  /** On which side of the mark its name stands. */
  side: 'right' | 'left';
};

type Call = {
  spanId: string;
  name: string;
  service: string;
  x: number;
  y: number;
  width: number;
  durationMs: number;
  failed: boolean;
  side: Placed['side'];
};

type Lane = { name: string; top: number; height: number; hue: string };

export type Picture = {
  axis: Axis;
  lanes: Lane[];
  placed: ReadonlyMap<string, Placed>;
  calls: Call[];
  width: number;
  height: number;
};

export const ROW = 28;
const LANE_PAD = 7;
const MARK = 24;
const LETTER = 6.8;
const NAME_GAP = 6;
/** What a call's name and duration take at most. */
const CALL_NAME = 180;

type Options = { width: number; calls?: readonly Span[] };

/** @param events causes before effects */
export function layOut(events: readonly StoryEvent[], { width, calls = [] }: Options): Picture {
  const moments = causalMoments(events);
  const axis = timeAxis([...moments.values()], { width });
  const names = new Set(events.map(({ lane }) => lane));
  const placed = new Map<string, Placed>();
  const lanes: Lane[] = [];
  let top = 0;
  for (const name of names) {
    const own = events.filter(({ lane }) => lane === name);
    const { rows, items } = packed(
      own.map((event) => ({ event, x: axis.xOf(moments.get(event.id) as number) })),
      width,
    );
    for (const item of items) {
      placed.set(item.id, {
        id: item.id,
        lane: name,
        x: item.x,
        side: item.side,
        y: top + LANE_PAD + item.row * ROW + ROW / 2,
      });
    }
    const height = rows * ROW + 2 * LANE_PAD;
    lanes.push({ name, top, height, hue: name });
    top += height;
  }
  const outside = callLanes(calls, { axis, top });
  return {
    axis,
    lanes: [...lanes, ...outside.lanes],
    placed,
    calls: outside.calls,
    width,
    height: outside.height,
  };
}

/** An effect never stands left of its cause, whatever its clock says. */
export function causalMoments(events: readonly StoryEvent[]): Map<string, number> {
  const moments = new Map<string, number>();
  for (const { id, causationId, afterMs } of events) {
    moments.set(id, Math.max(afterMs, moments.get(causationId ?? '') ?? afterMs));
  }
  return moments;
}

type Item = { id: string; x: number; row: number; side: Placed['side'] };

/** In as few rows as their names need. */
function packed(
  own: readonly { event: StoryEvent; x: number }[],
  width: number,
): { rows: number; items: Item[] } {
  const rows = rowsOf();
  const items = own.map(({ event, x }): Item => {
    const name = widthOf(event);
    const side = x + MARK / 2 + name > width ? 'left' : 'right';
    const row = rows.take(
      side === 'right' ? [x - MARK / 2, x + MARK / 2 + name] : [x - MARK / 2 - name, x + MARK / 2],
    );
    return { id: event.id, x, row, side };
  });
  return { rows: rows.count(), items };
}

/** The first row that is free from there to there. */
function rowsOf() {
  const taken: [number, number][][] = [];
  return {
    count: () => Math.max(1, taken.length),
    take([from, to]: [number, number]): number {
      const free = taken.findIndex((row) => row.every(([a, b]) => to < a || from > b));
      const row = free === -1 ? taken.length : free;
      (taken[row] ??= []).push([from, to]);
      return row;
    },
  };
}

export const widthOf = ({ type, repeats, copies }: Pick<StoryEvent, 'type' | 'repeats' | 'copies'>): number =>
  type.length * LETTER + (repeats ? 34 : 0) + (copies.length > 0 ? 24 : 0) + NAME_GAP;

/** Calls to the outside (the provider, the mail server), known from spans: bars below the lanes. */
function callLanes(calls: readonly Span[], { axis, top }: { axis: Axis; top: number }) {
  const lanes: Lane[] = [];
  const placed: Call[] = [];
  let below = top;
  for (const [service, own] of Map.groupBy(calls, (call) => call.service)) {
    const rows = rowsOf();
    for (const { spanId, startMs, durationMs, failed, name } of own) {
      const x = axis.xOf(startMs);
      const width = Math.max(6, axis.xOf(startMs + durationMs) - x);
      const side = x + width + CALL_NAME > axis.width ? 'left' : 'right';
      const row = rows.take(side === 'right' ? [x, x + width + CALL_NAME] : [x - CALL_NAME, x + width]);
      placed.push({
        spanId,
        name,
        service,
        x,
        width,
        y: below + LANE_PAD + row * ROW + ROW / 2,
        durationMs,
        failed,
        side,
      });
    }
    const height = rows.count() * ROW + 2 * LANE_PAD;
    lanes.push({ name: `${service} calls out`, top: below, height, hue: service });
    below += height;
  }
  return { lanes, calls: placed, height: below };
}

/** What was asked outside, whatever came of it: `charge` alone would read as if it had been done. */
export const callWord = (name: string): string => `call to ${name.replace(/^effect /, '')}`;

export const isCall = ({ kind, attributes }: Span): boolean =>
  kind === 'client' && attributes['order_saga.effect'] !== undefined;

export type Arrow = { from: string; to: string; path: string };

/** Curves from causes to effects; `of` alone, or all. */
export function arrows(events: readonly StoryEvent[], { placed }: Picture, of?: string): Arrow[] {
  return events.flatMap(({ id, causationId }): Arrow[] => {
    const [from, to] = [placed.get(causationId ?? ''), placed.get(id)];
    if (!from || !to || (of !== undefined && id !== of && causationId !== of)) return [];
    return [{ from: from.id, to: to.id, path: curve(from, to) }];
  });
}

function curve(from: Placed, to: Placed): string {
  const down = to.y >= from.y ? 1 : -1;
  const [y1, y2] = from.y === to.y ? [from.y, to.y] : [from.y + down * 8, to.y - down * 10];
  const bend = Math.max(12, Math.abs(y2 - y1) / 2);
  if (from.y === to.y) return `M${from.x + 8},${y1} L${to.x - 10},${y2}`;
  return `M${from.x},${y1} C${from.x},${y1 + down * bend} ${to.x},${y2 - down * bend} ${to.x},${y2}`;
}

/** Where the arrow keys lead: in time, or to the nearest in the next lane that has any. */
export function neighbour(
  { placed, lanes }: Picture,
  order: readonly string[],
  from: string,
  key: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End',
): string | undefined {
  const at = order.indexOf(from);
  if (key === 'Home') return order[0];
  if (key === 'End') return order.at(-1);
  if (key === 'ArrowLeft') return order[at - 1];
  if (key === 'ArrowRight') return order[at + 1];
  const here = placed.get(from);
  if (!here) return undefined;
  const step = key === 'ArrowDown' ? 1 : -1;
  const names = lanes.map(({ name }) => name);
  for (let i = names.indexOf(here.lane) + step; i >= 0 && i < names.length; i += step) {
    const inLane = order
      .map((id) => placed.get(id))
      .filter((one) => one !== undefined && one.lane === names[i]);
    const nearest = inLane.sort((a, b) => Math.abs((a?.x ?? 0) - here.x) - Math.abs((b?.x ?? 0) - here.x))[0];
    if (nearest) return nearest.id;
  }
  return undefined;
}
