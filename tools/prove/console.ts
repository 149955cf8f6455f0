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
  {
    failure: 'page that closes its stream',
    mechanism: 'the end of what it says is the end of the stream',
    file: 'console/src/stream/endpoint.ts',
    cut: "socket.once('end', gone);",
    paste: 'void gone;',
    test: CONSOLE,
  },
  {
    failure: 'client that does not read its stream',
    mechanism: 'nothing is added to what waits for it',
    file: 'console/src/stream/endpoint.ts',
    cut: 'response.writableLength > FULL_BYTES',
    paste: 'response.writableLength > FULL_BYTES * 1e6',
    test: unit('console/test/stream.unit.test.ts'),
  },
  {
    failure: 'client that never reads again',
    mechanism: 'after a minute it makes room for others',
    file: 'console/src/stream/hub.ts',
    cut: 'listener.full * EVERY_MS > FULL_AT_MOST_MS',
    paste: 'listener.full < 0',
    test: unit('console/test/hub.unit.test.ts'),
  },
  {
    failure: 'target that is no URL',
    mechanism: 'where no path is found the answer is a 400 all the same',
    file: 'packages/service-kit/src/http/answer-problem.ts',
    cut: 'error ?? NO_PATH',
    paste: "error ?? new Error('no path')",
    test: unit('packages/service-kit/test/http-protocol.unit.test.ts'),
  },
  {
    failure: 'target that is no URL (at the console)',
    mechanism: 'it is answered by the same code',
    file: 'console/src/http/server.ts',
    cut: 'return withProblems(app, log);',
    paste: 'return void withProblems ?? app;',
    test: CONSOLE,
  },
];
