/**
 * An operator's word to one saga goes through `react` like a message, in one transaction with its entry in
 * the audit.
 */
import { databaseNow } from '@sagakit/postgres/clock';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { appendToOutbox, type OutboxBuffer } from '@sagakit/messaging/outbox/outbox';
import { localMessage } from '@sagakit/messaging/incoming';
import { newId } from '@sagakit/resilience/ids';
import { createIdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { PipelinedTx } from '@sagakit/postgres/transaction';
import { type OperatorAction, outcomeOf, recordAction } from './actions.ts';
import { lockSagas, saveSagas } from '../runner/sagas-table.ts';
import type { Definitions } from '../release.ts';
import { COMPENSATE, RETRY } from '../runner/inputs.ts';
import { moveSaga } from '../runner/move-saga.ts';

/** `id`: one for each request, however often its transaction is tried. */
export type OperatorRequest = Omit<OperatorAction, 'outcome'>;

const INPUT = { retry: RETRY, compensate: COMPENSATE };

/**
 * What came of it: `done`, or the reason why it changed nothing. Undefined: there is no such saga. Its entry
 * in the audit says whether it was done before, where only the answer to the COMMIT was lost.
 */
export async function operate(
  tx: PipelinedTx,
  request: OperatorRequest,
  { definitions, writer, outbox }: { definitions: Definitions; writer: MessageWriter; outbox: OutboxBuffer },
): Promise<string | undefined> {
  const { id, subject, action, text } = request;
  const [locked, before, now] = await tx.together(() => [
    lockSagas(tx, definitions.subject, [subject]),
    outcomeOf(tx, id),
    databaseNow(tx),
  ]);
  if (before !== undefined) return before;
  const rows = createIdentityMap(locked);
  const row = rows.get(subject);
  if (!row.state) return undefined;
  const audit = (outcome: string) => recordAction({ ...request, outcome }, definitions.subject);
  if (action === 'note') {
    await tx.commit(audit('done'));
    return 'done';
  }
  const cause = row.state.lastCommand;
  const message = localMessage(
    { id: newId(), source: 'operator', type: INPUT[action], subject, data: { reason: text } },
    cause,
  );
  const { messages, ignored } = moveSaga(
    row,
    { message, cause },
    { definitions, writer, now, keep: (next) => rows.set(next) },
  );
  await tx.commit([
    ...saveSagas(rows.changed(), definitions.subject),
    ...appendToOutbox(writer.catalogue, messages, outbox),
    ...audit(ignored ?? 'done'),
  ]);
  return ignored ?? 'done';
}
