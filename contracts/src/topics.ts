import type { TopicSettings } from '@sagakit/messages/catalogue';

/** Services that write topics; each is the only writer of its own. */
export const SERVICES = ['order', 'payment', 'inventory', 'notification', 'saga-orchestrator'] as const;
export type ServiceName = (typeof SERVICES)[number];

/**
 * Topics keyed by order id have the SAME number of partitions, and one partition number of all of them goes to one replica
 * (see the assigner in packages/messaging): all messages of one order meet in one process.
 */
const BY_ORDER = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

const byOrder = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: BY_ORDER,
  retentionMs: 7 * DAY_MS,
  segmentMs: DAY_MS,
});
const deadLetters = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: 1,
  retentionMs: 30 * DAY_MS,
  segmentMs: DAY_MS,
  maxMessageBytes: 4 * 1024 * 1024,
});

export const TOPICS = {
  'order.events': byOrder('order'),
  'order.commands': byOrder('saga-orchestrator'),
  'inventory.commands': byOrder('saga-orchestrator'),
  'inventory.events': byOrder('inventory'),
  'inventory.products': { writer: 'inventory', partitions: 1, compacted: true, retentionMs: -1, segmentMs: DAY_MS },
  'payment.commands': byOrder('saga-orchestrator'),
  'payment.events': byOrder('payment'),
  'notification.events': byOrder('notification'),
  'saga.events': byOrder('saga-orchestrator'),
  'order.dlq': deadLetters('order'),
  'payment.dlq': deadLetters('payment'),
  'inventory.dlq': deadLetters('inventory'),
  'notification.dlq': deadLetters('notification'),
  'saga-orchestrator.dlq': deadLetters('saga-orchestrator'),
} satisfies Record<string, TopicSettings>;

export type Topic = keyof typeof TOPICS;
