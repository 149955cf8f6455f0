import type { MigrationSource } from '@sagakit/postgres/migrate';

/** Creates and changes the runtime's own tables; they are no business of a service's own migrations. */
export const MESSAGING_MIGRATIONS: MigrationSource = {
  folder: new URL('../migrations/', import.meta.url),
  table: '_messaging_migrations',
};

/** Who did what with a dead letter is not changed afterwards; it goes with that dead letter. */
export const MESSAGING_APPEND_ONLY = ['dead_letter_actions'] as const;
