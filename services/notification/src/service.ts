import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { fixedBatchDelay } from '@sagakit/resilience/batch-delay';
import { defineService } from '@sagakit/service-kit/define-service';
import { getNotifications } from './http/get-notifications.ts';
import { mailer } from './mailer.ts';
import { recipients } from './recipients.ts';
import { Settings } from './settings.ts';
import { createReads } from './storage/reads.ts';

export const service = defineService({
  name: 'notification',
  catalogue,
  operators: OPERATORS,
  settings: Settings,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  aggregates: [recipients],
  effects: mailer,
  // No order waits for its mail.
  batchDelay: fixedBatchDelay(100),
  endpoints: ({ readPool }) => [getNotifications(createReads(readPool))],
});
