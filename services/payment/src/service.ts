import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { defineService } from '@sagakit/service-kit/define-service';
import { getPayment } from './http/get-payment.ts';
import { payments } from './payments.ts';
import { provider } from './provider.ts';
import { Settings } from './settings.ts';
import { createReads } from './storage/reads.ts';

export const service = defineService({
  name: 'payment',
  catalogue,
  operators: OPERATORS,
  settings: Settings,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  aggregates: [payments],
  effects: provider,
  endpoints: ({ readPool }) => [getPayment(createReads(readPool))],
});
