/** What HTTP asks for: Prisma's typed reads. The write path is in orders.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { type Order, type OrderEvent, PrismaClient } from './prisma/client.ts';

export type { Order as OrderRow, OrderEvent as OrderEventRow };

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    findOrder: (orderId: string) => prisma.order.findUnique({ where: { orderId } }),

    /** A page, newest first. */
    listOrders: ({ customers, status, limit, after }: OrderFilter) =>
      prisma.order.findMany({
        where: {
          AND: customers.map((customerId) => ({ customerId })),
          ...(status === undefined ? {} : { status }),
          ...(after === undefined
            ? {}
            : {
                OR: [
                  { placedAt: { lt: after.placedAt } },
                  { placedAt: after.placedAt, orderId: { lt: after.orderId } },
                ],
              }),
        },
        orderBy: [{ placedAt: 'desc' }, { orderId: 'desc' }],
        take: limit,
      }),

    /** An order's history, oldest first; `until`: what had happened by then. */
    listEvents: (orderId: string, until?: Date) =>
      prisma.orderEvent.findMany({
        where: { orderId, ...(until === undefined ? {} : { time: { lte: until } }) },
        orderBy: { sequence: 'asc' },
      }),
  };
}

export type OrderFilter = {
  /** Of each of them: none of two that differ. */
  customers: readonly string[];
  status?: string | undefined;
  limit: number;
  /** The last order of the page before. */
  after?: { placedAt: Date; orderId: string } | undefined;
};
export type Reads = ReturnType<typeof createReads>;
