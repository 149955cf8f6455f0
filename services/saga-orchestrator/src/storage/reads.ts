/** What HTTP asks for: Prisma's typed reads. The write path is in sagas.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import { databaseNow } from '@order-saga/messaging/clock';
import type { Pool } from 'pg';
import { PrismaClient, type Saga } from './prisma/client.ts';

export type { Saga };

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    /** By the clock that deadlines are judged by. */
    now: () => databaseNow(pool),

    findSaga: (orderId: string) => prisma.saga.findUnique({ where: { orderId } }),

    /** A page, oldest first: what waits longest stands at the top. */
    listSagas: ({ status, overdueAt, limit, after }: SagaFilter) =>
      prisma.saga.findMany({
        where: {
          ...(status === undefined ? {} : { status }),
          ...(overdueAt === undefined ? {} : { deadlineAt: { lt: overdueAt } }),
        },
        orderBy: [{ startedAt: 'asc' }, { orderId: 'asc' }],
        take: limit,
        ...(after === undefined ? {} : { cursor: { orderId: after }, skip: 1 }),
      }),

    /** What operators did to an order's sagas, oldest first. */
    listActions: (orderId: string) => prisma.operatorAction.findMany({ where: { orderId }, orderBy: { at: 'asc' }, take: 200 }),
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
