/** What HTTP asks for: Prisma's typed reads. The write path is in payments.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { PrismaClient } from './prisma/client.ts';

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    findPayment: (orderId: string) => prisma.payment.findUnique({ where: { orderId } }),
  };
}

export type Reads = ReturnType<typeof createReads>;
