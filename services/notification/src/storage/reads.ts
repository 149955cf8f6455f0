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
        where: {
          ...(orderId === undefined ? {} : { orderId }),
          ...(after === undefined ? {} : { OR: behind(after) }),
        },
        orderBy: [{ sentAt: 'asc' }, { orderId: 'asc' }, { kind: 'asc' }],
        take: limit,
      }),
  };
}

/** What a list is sorted by; a row's never changes. */
export type NotificationPlace = { sentAt: Date; orderId: string; kind: string };

const behind = ({ sentAt, orderId, kind }: NotificationPlace) => [
  { sentAt: { gt: sentAt } },
  { sentAt, orderId: { gt: orderId } },
  { sentAt, orderId, kind: { gt: kind } },
];

export type NotificationFilter = {
  orderId?: string | undefined;
  limit: number;
  /** The last of the page before. */
  after?: NotificationPlace | undefined;
};
export type Reads = ReturnType<typeof createReads>;
