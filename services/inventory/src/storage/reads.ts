/** What HTTP asks for: Prisma's typed reads. The write path is in products.ts and reservations.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { PrismaClient, type Product } from './prisma/client.ts';

export type { Product as ProductRow };

export function createReads(pool: Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    findProduct: (sku: string) => prisma.product.findUnique({ where: { sku } }),
    /** A page by SKU. */
    listProducts: ({ limit, after }: { limit: number; after?: { sku: string } | undefined }) =>
      prisma.product.findMany({
        ...(after === undefined ? {} : { where: { sku: { gt: after.sku } } }),
        orderBy: { sku: 'asc' },
        take: limit,
      }),
  };
}

export type Reads = ReturnType<typeof createReads>;
