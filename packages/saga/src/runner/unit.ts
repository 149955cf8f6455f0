/**
 * A unit of work by hand: an aggregate lists which message goes to which decision, here the definition that a
 * saga was started with says it, and what is listened to follows from all definitions of this release.
 * Deadlines and an operator's requests move rows as well, and sagas that ended are counted, once that is
 * committed. Rows are locked, kept in an identity map and saved by the same rules as everybody's.
 */
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { MessageDefinition } from '@sagakit/messages/define';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap, type Row } from '@sagakit/messaging/aggregate/rows';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { SagaDefinition } from '../define.ts';
import { describe } from '../describe.ts';
import type { SagaState } from '../state.ts';
import { lockSagas, saveSagas } from './sagas-table.ts';
import { COMPENSATE, DEADLINE, RETRY } from './inputs.ts';
import type { Definitions, SagaSubject } from '../release.ts';
import { moveSaga } from './move-saga.ts';
import type { SagaRow } from './saga-row.ts';

/** Told of each saga that has ended (or waits for an operator), with the seconds since its start. */
export type SagaEnded = (saga: SagaState, seconds: number) => void;

const ENDS = new Set<SagaState['status']>(['completed', 'compensated', 'needs-attention']);

/** The orchestrator's batch path: all messages that start a saga or may answer one of its commands. */
export function sagaAggregate(
  definitions: Definitions,
  writer: MessageWriter,
  ended: SagaEnded = () => {},
): Aggregate {
  return {
    handles: listensTo(definitions, writer.catalogue),
    local: [DEADLINE, RETRY, COMPENSATE],
    async load(tx, incoming) {
      const rows = createIdentityMap(
        await lockSagas(tx, definitions.subject, [
          ...new Set(incoming.map(({ message }) => message.subject)),
        ]),
      );
      const ends: { saga: SagaState; seconds: number }[] = [];
      const keep = (row: Row<SagaRow> & { state: SagaRow }, now: Date) => {
        const { saga } = row.state;
        if (ENDS.has(saga.status) && rows.get(row.key).state?.saga.status !== saga.status)
          ends.push({ saga, seconds: (now.getTime() - Date.parse(saga.startedAt)) / 1000 });
        rows.set(row);
      };
      return {
        handle: (input, now) =>
          moveSaga(rows.get(input.message.subject), input, {
            definitions,
            writer,
            now,
            keep: (row) => keep(row, now),
          }),
        save: () => saveSagas(rows.changed(), definitions.subject),
        committed() {
          for (const { saga, seconds } of ends) ended(saga, seconds);
        },
      };
    },
  };
}

/**
 * What this release's definitions wait for; and of the replies to commands that none of them sends only those
 * about what a saga can be about. Such a one may answer a saga of another release: its row says so, and this
 * process leaves (see Definitions.of). What is about something else answers none, and its key may be one that
 * the column of the subject cannot even be compared with.
 */
function listensTo({ all, subject }: Definitions, { messages, repliesTo }: Catalogue): MessageDefinition[] {
  const awaited = new Set(all.flatMap((saga) => awaitedBy(saga, repliesTo)));
  const replies = new Set([...messages.keys()].flatMap(repliesTo));
  return [...messages.values()].flatMap((definition) => {
    if (awaited.has(definition.type)) return [definition];
    if (!replies.has(definition.type)) return [];
    return [{ ...definition, concerns: (data) => isAbout(definition, data, subject) }];
  });
}

/** Starts, answers to steps, acknowledgements of their undos and of the telling at the end. */
function awaitedBy(saga: SagaDefinition, repliesTo: Catalogue['repliesTo']): string[] {
  const { startsOn, steps, whenUndone } = describe(saga);
  return [
    startsOn,
    ...steps.flatMap(({ replies, undo }) => [...replies, ...(undo?.replies ?? [])]),
    ...whenUndone.flatMap(repliesTo),
  ];
}

/** @param data as it was received: nobody has looked yet whether it fits its schema */
function isAbout({ subjectOf }: MessageDefinition, data: unknown, { id }: SagaSubject): boolean {
  try {
    return id.safeParse(subjectOf(data)).success;
  } catch {
    return false;
  }
}
