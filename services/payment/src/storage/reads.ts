/** What HTTP asks for: Prisma's typed reads. The write path is in payments.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './prisma/client.ts';

export function createReads(connectionString: string) {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 4 }) });
  return {
    findPayment: (orderId: string) => prisma.payment.findUnique({ where: { orderId } }),
    close: () => prisma.$disconnect(),
  };
}

export type Reads = ReturnType<typeof createReads>;
