/** A story as a Mermaid sequence diagram, for tickets. */
import type { Story, StoryEvent } from '../api.ts';

const MOST_ROWS = 200;

export function mermaidOf({ correlationId, told, events }: Story): string {
  const lanes = [...new Set(events.flatMap((event) => [event.lane, ...readersOf(event, events)]))];
  const name = new Map(lanes.map((lane, place) => [lane, `p${place}`]));
  const rows = events.slice(0, MOST_ROWS).flatMap((event) => arrows(event, events, name));
  const more = events.length - MOST_ROWS;
  return [
    'sequenceDiagram',
    `  %% ${plain(correlationId)}`,
    `  %% ${plain(told)}`,
    ...lanes.map((lane) => `  participant ${name.get(lane)} as ${plain(lane)}`),
    ...rows,
    ...(more > 0 ? [`  Note over p0: and ${more} more`] : []),
    '',
  ].join('\n');
}

/** Whom it moved; nobody is known: it is its writer's alone. */
function readersOf(event: StoryEvent, events: readonly StoryEvent[]): string[] {
  const caused = new Set(event.effects);
  const lanes = events.flatMap(({ id, lane }) => (caused.has(id) && lane !== event.lane ? [lane] : []));
  return [...new Set([...lanes, ...event.readers.map(({ service }) => service)])];
}

function arrows(
  event: StoryEvent,
  events: readonly StoryEvent[],
  name: ReadonlyMap<string, string>,
): string[] {
  const from = name.get(event.lane);
  const arrow =
    event.kind === 'command' || event.kind === 'undo' ? '->>' : event.kind === 'refusal' ? '--x' : '-->>';
  const times = event.repeats ? ` (${event.repeats.count + 1} times)` : '';
  const text = `${plain(event.type)}${times} +${event.afterMs} ms`;
  const readers = readersOf(event, events);
  if (readers.length === 0) return [`  Note over ${from}: ${text}`];
  return readers.map((reader) => `  ${from}${arrow}${name.get(reader)}: ${text}`);
}

/** Mermaid reads `;` and line ends as the end of a statement, and `#` as the beginning of an entity. */
const plain = (text: string) => text.replace(/[^\p{L}\p{N} .,:()€×+/_-]/gu, ' ').slice(0, 500);
