import { DEFINITIONS } from '@order-saga/contracts/registry';
import { createRows, type Row } from '@order-saga/messaging/rows';
import type { Unit } from '@order-saga/messaging/unit';
import type { SagaDefinition } from '../engine/define-saga.ts';
import type { SagaState } from '../engine/saga.ts';
import { lockSagas, saveSagas } from '../storage/sagas.ts';
import { COMPENSATE, DEADLINE, RETRY } from './inputs.ts';
import type { Definitions } from '../engine/release.ts';
import { moveSaga } from './move-saga.ts';
import type { SagaRow } from './saga-row.ts';

/** Told of each saga that has ended (or waits for an operator), with the seconds since its start. */
export type SagaEnded = (saga: SagaState, seconds: number) => void;

const ENDS = new Set<SagaState['status']>(['completed', 'compensated', 'needs-attention']);

/** The orchestrator's batch path: all messages that start a saga or answer one of its commands. */
export function sagaUnit(definitions: Definitions, source: string, ended: SagaEnded = () => {}): Unit {
  const types = listensTo(definitions.all);
  return {
    handles: [...DEFINITIONS.values()].filter(({ type }) => types.has(type)),
    local: [DEADLINE, RETRY, COMPENSATE],
    async load(tx, incoming) {
      const rows = createRows(await lockSagas(tx, [...new Set(incoming.map(({ message }) => message.subject))]));
      const ends: { saga: SagaState; seconds: number }[] = [];
      const keep = (row: Row<SagaRow> & { state: SagaRow }, now: Date) => {
        const { saga } = row.state;
        if (ENDS.has(saga.status) && rows.get(row.key).state?.saga.status !== saga.status)
          ends.push({ saga, seconds: (now.getTime() - Date.parse(saga.startedAt)) / 1000 });
        rows.set(row);
      };
      return {
        handle: (input, now) =>
          moveSaga(rows.get(input.message.subject), input, { definitions, source, now, keep: (row) => keep(row, now) }),
        save: () => saveSagas(rows.changed()),
        committed() {
          for (const { saga, seconds } of ends) ended(saga, seconds);
        },
      };
    },
  };
}

/** Starts, answers to steps, acknowledgements of their undos and of the telling at the end. */
export function listensTo(sagas: readonly SagaDefinition[]): Set<string> {
  const types = new Set<string>();
  for (const { startsOn, steps } of sagas) {
    types.add(startsOn.type);
    for (const { on } of steps) for (const type of Object.keys(on)) types.add(type);
  }
  for (const definition of DEFINITIONS.values()) {
    if (definition.kind === 'command' && 'replies' in definition) {
      for (const reply of definition.replies as string[]) types.add(reply);
    }
  }
  return types;
}
