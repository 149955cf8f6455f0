/** What HTTP asks for: Prisma's typed reads. The write path is in recipients.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { PrismaClient } from './prisma/client.ts';

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    /** A page, oldest first. */
    listNotifications: ({ orderId, limit, after }: NotificationFilter) =>
      prisma.notification.findMany({
        where: orderId === undefined ? {} : { orderId },
        orderBy: [{ sentAt: 'asc' }, { orderId: 'asc' }, { kind: 'asc' }],
        take: limit,
        ...(after === undefined ? {} : { cursor: { orderId_kind: after }, skip: 1 }),
      }),
  };
}

export type NotificationFilter = {
  orderId?: string | undefined;
  limit: number;
  after?: { orderId: string; kind: string } | undefined;
};
export type Reads = ReturnType<typeof createReads>;
