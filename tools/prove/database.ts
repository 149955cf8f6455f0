/** Mechanisms against a database that restarts, freezes, fails over, or lives in another time. */
import { integration, type Mechanism, PROCESSOR } from './mechanism.ts';

const RIGHTS = integration('tools/test/database-rights.integration.test.ts');
const DATABASE_AWAY = integration('tools/test/database-away.integration.test.ts');

export const DATABASE: readonly Mechanism[] = [
  {
    failure: 'Postgres restarted',
    mechanism: 'what its shutdown breaks is tried again',
    file: 'packages/postgres/src/database-errors.ts',
    cut: "new Set(['08', '28', '40', '53', '55', '57', '58'])",
    paste: "new Set(['08', '28', '40', '53', '55', '58'])",
    test: PROCESSOR,
  },
  {
    failure: 'Postgres frozen',
    mechanism: 'each trip to the database has a limit on our side',
    file: 'packages/postgres/src/pool.ts',
    cut: 'query_timeout: READ_WITHIN_MS,',
    paste: '',
    test: DATABASE_AWAY,
  },
  {
    failure: 'failover by way of a read-only server',
    mechanism: 'a connection that led there is thrown away',
    file: 'packages/postgres/src/transaction.ts',
    cut: 'if (spoilsConnection(error)) broken ??= error as Error;',
    paste: '',
    test: DATABASE_AWAY,
  },
  {
    failure: "fault of ours taken for the database's",
    mechanism: 'one list of what time can mend',
    file: 'packages/postgres/src/database-errors.ts',
    cut: 'if (code === undefined) return speaksOfConnection(error);',
    paste: "if (code === undefined) return error instanceof Error && error.name === 'Error';",
    test: PROCESSOR,
  },
  {
    failure: 'server in another time zone',
    mechanism: 'each connection asks for UTC',
    file: 'packages/postgres/src/connection.ts',
    cut: "'TimeZone=UTC', ",
    paste: '',
    test: integration('tools/test/time-zones.integration.test.ts'),
  },
  {
    failure: 'service with a wrong clock',
    mechanism: "decisions go by the database's clock",
    file: 'packages/postgres/src/clock.ts',
    cut: 'return (rows[0] as { now: Date }).now;',
    paste: 'return new Date() ?? rows;',
    test: integration('services/saga-orchestrator/test/clock.integration.test.ts'),
  },
  {
    failure: 'input that the database cannot hold',
    mechanism: 'one place says what a time, an id, a word may be',
    file: 'packages/service-kit/src/http/inputs.ts',
    cut: 'time.getTime() >= EARLIEST && time.getTime() <= LATEST',
    paste: '!Number.isNaN(time.getTime()) && EARLIEST < LATEST',
    test: integration('tools/test/hostile-inputs.integration.test.ts'),
  },
  {
    failure: 'history changed with a stolen password',
    mechanism: 'the role that works has no right to change what only grows',
    file: 'packages/postgres/src/rights.ts',
    cut: "appendOnly.includes(table) ? ['SELECT', 'INSERT'] : ROWS",
    paste: 'appendOnly.includes(table) ? ROWS : ROWS',
    test: RIGHTS,
  },
  {
    failure: 'volume on which one role owned all',
    mechanism: 'what it owns goes to an owner, in one step',
    file: 'packages/service-kit/src/databases.ts',
    cut: 'reassign owned by ${name} to ${ownerName};',
    paste: '',
    test: RIGHTS,
  },
  {
    failure: 'password changed while orders come',
    mechanism: 'each connection reads its password anew',
    file: 'packages/postgres/src/connection.ts',
    cut: '{ password: () => passwordIn(passwordFile) }',
    paste: '{}',
    test: integration('packages/postgres/test/connection.integration.test.ts'),
  },
];
