import type { Catalogue } from '@sagakit/messages/catalogue';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap, type Row } from '@sagakit/messaging/aggregate/rows';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { SagaDefinition } from '../define.ts';
import type { SagaState } from '../state.ts';
import { lockSagas, saveSagas } from './sagas-table.ts';
import { COMPENSATE, DEADLINE, RETRY } from './inputs.ts';
import type { Definitions } from '../release.ts';
import { moveSaga } from './move-saga.ts';
import type { SagaRow } from './saga-row.ts';

/** Told of each saga that has ended (or waits for an operator), with the seconds since its start. */
export type SagaEnded = (saga: SagaState, seconds: number) => void;

const ENDS = new Set<SagaState['status']>(['completed', 'compensated', 'needs-attention']);

/** The orchestrator's batch path: all messages that start a saga or answer one of its commands. */
export function sagaAggregate(
  definitions: Definitions,
  writer: MessageWriter,
  ended: SagaEnded = () => {},
): Aggregate {
  const types = listensTo(definitions.all, writer.catalogue);
  return {
    handles: [...writer.catalogue.messages.values()].filter(({ type }) => types.has(type)),
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

/** Starts, answers to steps, acknowledgements of their undos and of the telling at the end. */
export function listensTo(sagas: readonly SagaDefinition[], catalogue: Catalogue): Set<string> {
  const types = new Set<string>();
  for (const { startsOn, steps } of sagas) {
    types.add(startsOn.type);
    for (const { on } of steps) for (const type of Object.keys(on)) types.add(type);
  }
  for (const command of catalogue.messages.keys())
    for (const reply of catalogue.repliesTo(command)) types.add(reply);
  return types;
}
