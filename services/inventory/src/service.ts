import { OPERATORS } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { defineService } from '@sagakit/service-kit/define-service';
import { changeStock, readStock } from './http/stock.ts';
import { products } from './products.ts';
import { reservations } from './reservations.ts';
import { createReads } from './storage/reads.ts';
import { seed } from './storage/seed.ts';

export const service = defineService({
  name: 'inventory',
  catalogue,
  operators: OPERATORS,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  prepare: seed,
  aggregates: [reservations, products],
  endpoints: ({ readPool, changesOf }) => [
    ...readStock(createReads(readPool)),
    ...changeStock(changesOf(products)),
  ],
});
