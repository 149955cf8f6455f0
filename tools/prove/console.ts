/** What keeps the console from costing anybody, counting twice and letting strangers in. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const CONSOLE = integration('console/test/console.integration.test.ts');

export const READ_MODEL: readonly Mechanism[] = [
  {
    failure: 'console on a machine that is full',
    mechanism: 'it writes a sixteenth of the time, and more at once',
    file: 'console/src/store/pace.ts',
    cut: 'idle < FULL_BELOW_IDLE',
    paste: 'idle < 0',
    test: unit('console/test/pace.unit.test.ts'),
  },
  {
    failure: 'read model that grows for ever',
    mechanism: 'a day of messages goes when another begins, as it goes from the topics',
    file: 'console/src/store/write.ts',
    cut: 'if (missing.size > 0) await withTransaction(pool, (tx) => dropOldDays(tx, generation, now()));',
    paste: 'void dropOldDays;',
    test: integration('console/test/store.integration.test.ts'),
  },
  {
    failure: 'record read twice by the console',
    mechanism: 'a record that is known counts nothing',
    file: 'console/src/projection/fold.ts',
    cut: 'if (place(rows, message)) put(rows.minutes',
    paste: 'place(rows, message); put(rows.minutes',
    test: unit('console/test/fold.unit.test.ts'),
  },
  {
    failure: "stranger's name that leads to the console",
    mechanism: 'only names that are its own are answered',
    file: 'console/src/http/guard.ts',
    cut: 'known.has(name)',
    paste: "known.has('localhost')",
    test: CONSOLE,
  },
  {
    failure: "other site's page that writes through a visitor's browser",
    mechanism: 'what changes something comes from its own page, or from none',
    file: 'console/src/http/guard.ts',
    cut: 'const foreign = origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);',
    paste: 'const foreign = origin === host;',
    test: CONSOLE,
  },
];
