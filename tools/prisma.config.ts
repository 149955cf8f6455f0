import path from 'node:path';
import { MESSAGING_TABLES } from '@sagakit/messaging/tables';
import { defineConfig } from 'prisma/config';

/**
 * For Prisma's own commands, in the folder of a service: the next migration is written by `npx prisma migrate
 * dev --config ../../tools/prisma.config.ts`. The services apply the same files at start, without this.
 */
export default defineConfig({
  schema: path.resolve('prisma/schema.prisma'),
  migrations: { path: path.resolve('prisma/migrations') },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
  experimental: { externalTables: true },
  tables: { external: MESSAGING_TABLES },
});
