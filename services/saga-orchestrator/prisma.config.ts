import { MESSAGING_TABLES } from '@sagakit/messaging/tables';
import { defineConfig } from 'prisma/config';

/**
 * For `prisma migrate dev` and friends. The services themselves apply the same files at start, without this.
 */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
  experimental: { externalTables: true },
  tables: { external: MESSAGING_TABLES },
});
