/** A story as the tree of its causes. */
import type { StoryEvent } from '@order-saga/console/api';

export type Caused = { event: StoryEvent; effects: Caused[] };

/** What nothing here caused stands at the top. Every event stands once. */
export function causesOf(events: readonly StoryEvent[]): Caused[] {
  const nodes = new Map(events.map((event): [string, Caused] => [event.id, { event, effects: [] }]));
  // A repeat's effects belong to the row that it is folded into.
  const rowOf = new Map(
    events.flatMap(({ id, repeats }) =>
      [id, ...(repeats?.ids ?? [])].map((of): [string, string] => [of, id]),
    ),
  );
  const tops: Caused[] = [];
  for (const node of nodes.values()) {
    const cause = nodes.get(rowOf.get(node.event.causationId ?? '') ?? '');
    if (cause && cause !== node) cause.effects.push(node);
    else tops.push(node);
  }
  return tops;
}

/** The row that has a message: itself, or folded. */
export function rowOf(events: readonly StoryEvent[], id: string): StoryEvent | undefined {
  return events.find((event) => event.id === id || event.repeats?.ids.includes(id));
}

export type Shown = { commands: boolean; events: boolean; saga: boolean; wrong: boolean };
export const ALL: Shown = { commands: true, events: true, saga: true, wrong: false };

/** What is left when some kinds are hidden. */
export function visible(
  events: readonly StoryEvent[],
  { commands, events: told, saga, wrong }: Shown,
): StoryEvent[] {
  return events.filter((event) => {
    if (wrong && !isWrong(event)) return false;
    if (event.kind === 'saga') return saga;
    return event.kind === 'command' || event.kind === 'undo' ? commands : told;
  });
}

/** Refusals, what was undone because of them, silences, parked messages, repeats. */
export function isWrong({ kind, type, readers, repeats, copies }: StoryEvent): boolean {
  if (kind === 'refusal' || kind === 'undo' || repeats || copies.length > 0) return true;
  if (kind === 'saga') return /TimedOut|Compensating|NeedsAttention/.test(type);
  return readers.some(({ did }) => did === 'parked');
}
