/** An operator's word to one saga goes through `react` like a message, in one transaction with its entry in the audit. */
import { databaseNow } from '@order-saga/messaging/clock';
import type { Handover } from '@order-saga/messaging/handover';
import { appendToOutbox } from '@order-saga/messaging/outbox';
import { localMessage } from '@order-saga/messaging/participant';
import { newId } from '@order-saga/messaging/random';
import { createRows } from '@order-saga/messaging/rows';
import type { PipelinedTx } from '@order-saga/messaging/transaction';
import { type OperatorAction, recordAction } from '../storage/operator-actions.ts';
import { lockSagas, saveSagas } from '../storage/sagas.ts';
import type { Definitions } from '../engine/release.ts';
import { COMPENSATE, RETRY } from './inputs.ts';
import { moveSaga } from './move-saga.ts';

export type Press = Pick<OperatorAction, 'action' | 'text'> & { orderId: string; by: string };

const INPUT = { retry: RETRY, compensate: COMPENSATE };

/** What came of it: `done`, or the reason why it changed nothing. Undefined: there is no such saga. */
export async function operate(
  tx: PipelinedTx,
  { orderId, action, text, by }: Press,
  { definitions, source, handover }: { definitions: Definitions; source: string; handover: Handover },
): Promise<string | undefined> {
  const [locked, now] = await tx.together(() => [lockSagas(tx, [orderId]), databaseNow(tx)]);
  const rows = createRows(locked);
  const row = rows.get(orderId);
  if (!row.state) return undefined;
  const audit = (outcome: string) => recordAction({ id: newId(), orderId, action, text, by, outcome });
  if (action === 'note') {
    await tx.commit(audit('done'));
    return 'done';
  }
  const cause = row.state.lastCommand;
  const message = localMessage(
    { id: newId(), source: 'operator', type: INPUT[action], subject: orderId, data: { reason: text } },
    cause,
  );
  const { messages, ignored } = moveSaga(row, { message, cause }, { definitions, source, now, keep: (next) => rows.set(next) });
  await tx.commit([...saveSagas(rows.changed()), ...appendToOutbox(messages, handover), ...audit(ignored ?? 'done')], handover);
  return ignored ?? 'done';
}
