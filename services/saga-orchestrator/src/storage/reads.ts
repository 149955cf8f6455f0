/** What HTTP asks for: Prisma's typed reads. The write path is in sagas.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import { databaseNow } from '@sagakit/postgres/clock';
import type { Pool } from 'pg';
import { PrismaClient, type Saga } from './prisma/client.ts';

export type { Saga };

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    /** By the clock that deadlines are judged by. */
    now: () => databaseNow(pool),

    findSaga: (orderId: string) => prisma.saga.findUnique({ where: { orderId } }),

    /**
     * A page by order id, which is by the time of placing (UUIDv7): what waits longest stands at the top. Not by the start of the saga, which
     * changes when the order is cancelled.
     */
    listSagas: ({ status, overdueAt, limit, after }: SagaFilter) =>
      prisma.saga.findMany({
        where: {
          ...(status === undefined ? {} : { status }),
          ...(overdueAt === undefined ? {} : { deadlineAt: { lt: overdueAt } }),
          ...(after === undefined ? {} : { orderId: { gt: after } }),
        },
        orderBy: { orderId: 'asc' },
        take: limit,
      }),

    /** What operators did to an order's sagas, the newest, oldest of them first. */
    listActions: (orderId: string) =>
      prisma.operatorAction
        .findMany({ where: { orderId }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 200 })
        .then((actions) => actions.toReversed()),
  };
}

export type SagaFilter = {
  status?: string | undefined;
  overdueAt?: Date | undefined;
  limit: number;
  /** The last order id of the page before. */
  after?: string | undefined;
};
export type Reads = ReturnType<typeof createReads>;
