import type { ServiceName, Topic } from '@order-saga/contracts/system';

/** Which topics each service reads: its consumer group has its name. */
export const GROUPS: Record<ServiceName, Topic[]> = {
  order: ['order.commands', 'inventory.products'],
  inventory: ['inventory.commands'],
  payment: ['payment.commands'],
  notification: ['order.events'],
  'saga-orchestrator': ['order.events', 'inventory.events', 'payment.events'],
};
