/** What HTTP asks for: Prisma's typed reads. The write path is in products.ts and reservations.ts. */
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient, type Product } from './prisma/client.ts';

export type { Product as ProductRow };

export function createReads(connectionString: string) {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 4 }) });
  return {
    findProduct: (sku: string) => prisma.product.findUnique({ where: { sku } }),
    /** A page by SKU. */
    listProducts: ({ limit, after }: { limit: number; after?: string | undefined }) =>
      prisma.product.findMany({
        ...(after === undefined ? {} : { where: { sku: { gt: after } } }),
        orderBy: { sku: 'asc' },
        take: limit,
      }),
    close: () => prisma.$disconnect(),
  };
}

export type Reads = ReturnType<typeof createReads>;
