/**
 * What the release before says otherwise, and may still lie on the topics or be written by a replica of it:
 * an OrderPlaced that has the contact in it. Can go once no such record is left, eight days after the last
 * order service of that release has stopped.
 */
import { OrderPlaced } from '@order-saga/contracts/order';
import { Contact, OrderId } from '@order-saga/contracts/values';
import type { MessageDefinition } from '@sagakit/messages/define';
import { z } from 'zod';

const WithContact = z.object({ orderId: OrderId, contact: Contact });

/** An OrderPlaced without a contact is of no concern here: what has it comes on a topic of its own. */
export const OrderPlacedWithContact: MessageDefinition<'OrderPlaced', z.infer<typeof WithContact>> = {
  ...OrderPlaced,
  schema: WithContact,
  subjectOf: ({ orderId }) => orderId,
  concerns: (data) => typeof data === 'object' && data !== null && 'contact' in data,
};
