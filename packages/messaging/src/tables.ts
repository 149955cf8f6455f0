/**
 * The runtime's own tables (migrations/), as Prisma's configuration names tables that are not its business.
 */
export const MESSAGING_TABLES = [
  'outbox',
  'inbox',
  'effects',
  'dead_letters',
  'dead_letter_actions',
  'blocked_keys',
  'relay',
  '_messaging_migrations',
].map((table) => `public.${table}`);
