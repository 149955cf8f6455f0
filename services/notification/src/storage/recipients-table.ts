import type { OrderId } from '@order-saga/contracts/values';
import { column, table } from '@sagakit/messaging/aggregate/table';
import type { Recipient } from '../domain/recipient.ts';

type Of<Status extends Recipient['status']> = Extract<Recipient, { status: Status }>;

/** `email` and `name` are null while nobody has said them, and once they are erased. */
export const recipientsTable = table({
  name: 'recipients',
  key: ['order_id', column.uuid<OrderId>()],
  columns: {
    email: column.text<string | null>(),
    name: column.text<string | null>(),
    asked: column.jsonb<Of<'known'>['asked']>(),
    waiting: column.jsonb<Of<'awaited'>['waiting']>(),
    erased: column.boolean(),
  },
  replies: false,
  toColumns: (recipient: Recipient) => ({
    email: recipient.status === 'known' ? recipient.email : null,
    name: recipient.status === 'known' ? recipient.name : null,
    asked: recipient.status === 'awaited' ? [] : recipient.asked,
    waiting: recipient.status === 'awaited' ? recipient.waiting : [],
    erased: recipient.status === 'erased',
  }),
  toState({ email, name, asked, waiting, erased }): Recipient {
    if (erased) return { status: 'erased', asked };
    return email === null || name === null
      ? { status: 'awaited', waiting }
      : { status: 'known', email, name, asked };
  },
});
