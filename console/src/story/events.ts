/** The rows of a story: one for each message, repeats of a command folded into the first. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { EventKind, Reader, StoryEvent } from '../api.ts';
import type { CopyRow, ParkedRow } from '../projection/rows.ts';
import { isRefusal, type SagaAsData } from './definition.ts';
import type { StoryMessage } from './message.ts';
import type { StepRef } from './sagas.ts';
import { withReadings } from './spans.ts';

export type Around = {
  copies: readonly CopyRow[];
  parked: readonly ParkedRow[];
  definitions: readonly SagaAsData[];
  refs: ReadonlyMap<string, StepRef>;
  /** What spans say of who read a message, by its id. */
  readings: ReadonlyMap<string, readonly Reader[]>;
};

/** @param messages in the order in which they are told */
export function eventsOf(messages: readonly StoryMessage[], around: Around): StoryEvent[] {
  const firstAt = messages.reduce(
    (least, { time }) => (time < least ? time : least),
    messages[0]?.time ?? '',
  );
  const byId = new Map(messages.map((message) => [message.id, message]));
  const effects = Map.groupBy(messages, ({ cause }) => cause);
  const copies = Map.groupBy(around.copies, ({ source, id }) => `${source} ${id}`);
  const parked = Map.groupBy(around.parked, ({ messageId }) => messageId);
  const rows = messages.map((message): StoryEvent => {
    const caused = effects.get(message.id) ?? [];
    const cause = byId.get(message.cause ?? '');
    const ref = around.refs.get(message.id);
    return {
      ...identityOf(message),
      kind: kindOf(message, around.definitions),
      afterMs: Date.parse(message.time) - Date.parse(firstAt),
      ...(cause ? { afterCauseMs: Date.parse(message.time) - Date.parse(cause.time) } : {}),
      effects: caused.map(({ id }) => id),
      ...(ref ? { step: ref } : {}),
      copies: (copies.get(`${message.source} ${message.id}`) ?? []).map(({ partition, offset }) => ({
        partition,
        offset,
      })),
      readers: withReadings(
        readersOf(message, caused, parked.get(message.id) ?? []),
        around.readings.get(message.id) ?? [],
      ),
    };
  });
  return foldRepeats(rows);
}

function identityOf(message: StoryMessage) {
  const {
    source,
    id,
    type,
    lane,
    subject,
    time,
    cause,
    sequence,
    hops,
    saga,
    topic,
    partition,
    offset,
    trace,
    bytes,
  } = message;
  return {
    source,
    id,
    type,
    ...(catalogue.messages.has(type) ? { schema: `${type} ${message.version ?? '1.0'}` } : {}),
    lane,
    subject,
    time,
    ...(cause ? { causationId: cause } : {}),
    sequence,
    hops,
    ...(saga ? { sagaId: saga } : {}),
    topic,
    partition,
    offset,
    traceId: trace,
    bytes,
  };
}

function kindOf(
  { type, topic }: Pick<StoryMessage, 'type' | 'topic'>,
  definitions: readonly SagaAsData[],
): EventKind {
  if (topic.startsWith('saga.')) return 'saga';
  if (topic.endsWith('.commands')) return catalogue.isUndo(type) ? 'undo' : 'command';
  return isRefusal(type, definitions) ? 'refusal' : 'event';
}

/** Who wrote something because of it took it; the writer's own (after a timeout) is no reading. */
function readersOf(
  { lane }: StoryMessage,
  caused: readonly StoryMessage[],
  parked: readonly ParkedRow[],
): Reader[] {
  const took = Map.groupBy(
    caused.filter((effect) => effect.lane !== lane),
    (effect) => effect.lane,
  );
  return [
    ...parked.map(({ service, reason }): Reader => ({ service, did: 'parked', reason })),
    ...[...took].map(([service, messages]): Reader => ({
      service,
      did: 'took-effect',
      messages: messages.length,
    })),
  ];
}

/** Further sends of one command of one step differ by id and time alone. */
function foldRepeats(rows: readonly StoryEvent[]): StoryEvent[] {
  const sends = Map.groupBy(rows, sendOf);
  sends.delete(undefined);
  const folded = new Set([...sends.values()].flatMap(([, ...again]) => again));
  if (folded.size === 0) return [...rows];
  // What stands in no row of its own is no row's effect.
  const gone = new Set([...folded].map(({ id }) => id));
  return rows
    .filter((row) => !folded.has(row))
    .map((row) => {
      const [, ...again] = sends.get(sendOf(row)) ?? [];
      const told = again.length > 0 ? withRepeats(row, again) : row;
      return { ...told, effects: told.effects.filter((id) => !gone.has(id)) };
    });
}

/** Undefined: it is no send. */
function sendOf({ step, kind, sagaId, type }: StoryEvent): string | undefined {
  const isSend = step && (kind === 'command' || kind === 'undo');
  return isSend ? `${sagaId} ${step.name} ${step.direction} ${type}` : undefined;
}

function withRepeats(first: StoryEvent, again: readonly StoryEvent[]): StoryEvent {
  const all = [first, ...again];
  const readers = new Map(
    all.flatMap((row) => row.readers.map((reader): [string, Reader] => [JSON.stringify(reader), reader])),
  );
  return {
    ...first,
    effects: all.flatMap(({ effects }) => effects),
    copies: all.flatMap(({ copies }) => copies),
    readers: [...readers.values()],
    repeats: {
      count: again.length,
      lastAt: again.at(-1)?.time ?? first.time,
      ids: again.map(({ id }) => id),
    },
  };
}
