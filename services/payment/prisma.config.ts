import { defineConfig } from 'prisma/config';

/** For `prisma migrate dev` and friends. The services themselves apply the same files at start, without this. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
  experimental: { externalTables: true },
  // The runtime's own tables (packages/messaging/migrations).
  tables: {
    external: [
      'public.outbox',
      'public.inbox',
      'public.effects',
      'public.dead_letters',
      'public.relay',
      'public._messaging_migrations',
    ],
  },
});
