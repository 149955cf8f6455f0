/** Every message and topic of the system. */
import { createCatalogue } from '@sagakit/messages/catalogue';
import type { MessageDefinition } from '@sagakit/messages/define';
import * as inventory from './inventory.ts';
import * as notification from './notification.ts';
import * as order from './order.ts';
import * as payment from './payment.ts';
import * as saga from './saga.ts';
import { TOPICS } from './topics.ts';

const isDefinition = (value: unknown): value is MessageDefinition =>
  typeof value === 'function' && 'subjectOf' in value && 'topic' in value;

export const catalogue = createCatalogue({
  name: 'order-saga',
  topics: TOPICS,
  messages: [order, inventory, payment, notification, saga]
    .flatMap((owner) => Object.values(owner as Record<string, unknown>))
    .filter(isDefinition),
});

/** The service that is to answer a command: `payment` for ProcessPayment. Undefined: it is no command. */
export const participantOf = (command: string): string | undefined =>
  catalogue.messages.get(command)?.topic.replace(/\.commands$/, '');
