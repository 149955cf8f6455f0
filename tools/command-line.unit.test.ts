/** Every command says what it takes, and refuses what it does not take, before it does anything. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { commandLine, Help, noMore } from './command-line.ts';
import { ROOT } from './stack/state.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-commands-'));
after(() => rmSync(dir, { recursive: true, force: true }));

type Said = { code: number; out: string; error: string };
/** As `npm run NAME -- ARGS` does, without npm and without the set-up. */
const command = (script: string, ...args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    const [, , file = '', ...given] = script.split(' ');
    const environment = {
      ...process.env,
      STACK_DIR: dir,
      NODE_TEST_CONTEXT: undefined,
      NODE_COMPILE_CACHE: path.join(ROOT, '.cache/compile'),
    };
    execFile(
      process.execPath,
      [path.join(ROOT, file), ...given, ...args],
      { cwd: ROOT, env: environment, timeout: 60_000 },
      (error, out, said) => resolve({ code: error ? Number(error.code ?? 1) : 0, out, error: said }),
    );
  });

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** One of those that run the same file. */
const COMMANDS = [...new Map(Object.entries(scripts).map((one) => [one[1].split(' ')[2], one])).values()];

describe('every command', { concurrency: 2 }, () => {
  for (const [name, script] of COMMANDS) {
    it(`${name} says what it takes`, async () => {
      const { code, out, error } = await command(script, '--help');
      assert.deepEqual([code, error], [0, '']);
      assert.match(out, /^npm (run( -s)? [\w:-]+|test)/);
      assert.deepEqual(readdirSync(dir), []);
    });
    // Whoever gives its help by commandLine refuses by it too.
    if (['demo', 'check', 'console:page'].includes(name))
      it(`${name} refuses what it does not know, and says what it knows`, async () => {
        const { code, out, error } = await command(script, '--no-such-option');
        assert.deepEqual([code, out], [1, '']);
        assert.match(error, /^Unknown option '--no-such-option'\. It takes (--[\w-]+, )*--help\n$/);
        assert.deepEqual(readdirSync(dir), []);
      });
  }
});

describe('what is typed behind a command', () => {
  const read = (...args: string[]) =>
    commandLine('npm run x', { orders: { type: 'string' }, exit: { type: 'boolean' } }, args);

  it('is read', () => {
    const { values, positionals } = read('a', '--orders', '5', '--exit', '--', '--help');
    assert.deepEqual({ ...values }, { orders: '5', exit: true });
    assert.deepEqual(positionals, ['a', '--help']);
  });

  for (const args of [['--help'], ['-h'], ['--no-such', '--help'], ['verb', '-h', '--orders']])
    it(`asks for help: ${args.join(' ')}`, () =>
      assert.throws(
        () => read(...args),
        (error) => error instanceof Help && error.message === 'npm run x',
      ));

  for (const [typed, said] of [
    ['--no-such', "Unknown option '--no-such'. It takes --orders, --exit, --help"],
    ['-x', "Unknown option '-x'. It takes --orders, --exit, --help"],
    ['--orders', "Option '--orders <value>' argument missing. It takes --orders, --exit, --help"],
    ['--exit=1', "Option '--exit' does not take an argument. It takes --orders, --exit, --help"],
  ] as const)
    it(`is refused in a line: ${typed}`, () => assert.throws(() => read(typed), { message: said }));

  it('beyond what a command takes is a mistake', () =>
    assert.throws(() => noMore('demo', ['now']), /^StackError: demo: "now" is one argument too many/));
});
