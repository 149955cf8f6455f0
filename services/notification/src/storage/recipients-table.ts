import type { OrderId } from '@order-saga/contracts/values';
import { table } from '@sagakit/messaging/aggregate/table';
import { column } from '@sagakit/postgres/table';
import type { Recipient } from '../domain/recipient.ts';

export const recipientsTable = table({
  name: 'recipients',
  key: ['order_id', column.uuid<OrderId>()],
  columns: {
    email: column.once(column.text()),
    name: column.once(column.text()),
    asked: column.jsonb<Recipient['asked']>(),
  },
  replies: false,
  toColumns: (recipient: Recipient) => recipient,
  toState: ({ email, name, asked }): Recipient => ({ email, name, asked }),
});
