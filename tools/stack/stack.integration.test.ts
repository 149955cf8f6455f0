/**
 * The runner itself: a stack of its own (Kafka and Postgres alone) that is started, refused, killed and
 * cleaned up.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { control, down, runningStack, up } from './launch.ts';
import { claimPort, freePort } from './ports.ts';
import { isAlive, startTimeOf } from './processes.ts';
import { readState, ROOT } from './state.ts';
import { temporaryStackDir } from './temporary-dir.ts';

const options = {
  ...{ ephemeral: true, replicas: 1, jit: 'c1' as const, infrastructureOnly: true },
  forCaller: true,
};
const shared = process.env['STACK_DIR'];
let dir: string;

async function leave(): Promise<void> {
  await down(() => {});
  rmSync(dir, { recursive: true, force: true });
  if (shared) process.env['STACK_DIR'] = shared;
}

describe('a stack', () => {
  before(async () => {
    dir = temporaryStackDir('stack');
    process.env['STACK_DIR'] = dir;
    await up(options, () => {});
  });
  after(leave);

  const component = (name: string) => readState(dir)?.components.find((candidate) => candidate.name === name);

  it('is refused a second time in the same folder, in one line', async () => {
    await assert.rejects(
      up(options, () => {}),
      (error: Error) => {
        assert.match(error.message, /one runs in .* already/);
        assert.equal(error.message.split('\n').length, 1);
        return true;
      },
    );
  });

  it('takes the file with its passwords for its owner alone', () =>
    assert.equal(statSync(path.join(dir, 'state.json')).mode & 0o777, 0o600));

  it('is shown without its password', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      path.join(import.meta.dirname, 'main.ts'),
      'status',
    ]);
    assert.match(stdout, /postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres/);
  });

  it('is let go by a command whose run.mjs was killed', async () => {
    const run = path.join(ROOT, 'run.mjs');
    const command = spawn(process.execPath, [run, 'tools/stack/main.ts', 'logs', 'postgres'], {
      stdio: 'ignore',
    });
    const below = (pid: number) => childrenOf(pid).flatMap((child) => [child, ...childrenOf(child)]);
    const pids = await eventually('it follows the log', () => {
      const found = below(command.pid as number);
      return found.length === 2 && found;
    });
    command.kill('SIGKILL');
    await eventually('nobody follows it', () => pids.every((pid) => startTimeOf(pid) === undefined));
  });

  it('starts a process again that ended by itself, on the same port', async () => {
    const first = component('postgres');
    process.kill(first?.pid as number, 'SIGKILL');
    await eventually('another process runs', () => {
      const now = component('postgres');
      return now?.pid !== undefined && now.pid !== first?.pid && isAlive(now);
    });
    assert.equal(component('postgres')?.url, first?.url);
  });

  it('leaves down what was killed, until it is restarted', async () => {
    const state = runningStack();
    assert.ok(state);
    await control(state, 'kill', 'kafka');
    assert.equal(component('kafka')?.pid, undefined);
    await control(state, 'restart', 'kafka');
    assert.ok(isAlive(component('kafka') ?? {}));
    await assert.rejects(
      control(state, 'kill', 'nobody'),
      /there is no component nobody; there are postgres, kafka/,
    );
    await assert.rejects(
      control(state, 'restart', 'kafka', { from: '/elsewhere' }),
      /^StackError: kafka: is no service: it runs with the code of this checkout/,
    );
    assert.ok(isAlive(component('kafka') ?? {}), 'what is refused is left as it was');
  });

  it('is told what to do by who can read its state file, and by nobody else', async () => {
    const { runner } = readState(dir) ?? {};
    assert.ok(runner);
    for (const authorization of ['', 'Bearer ', 'Bearer x', `Basic ${runner.secret}`]) {
      const headers = { ...(authorization ? { authorization } : {}) };
      const said = await fetch(`${runner.control}/kill/kafka`, { method: 'POST', headers });
      assert.equal(said.status, 401, authorization);
    }
    assert.ok(isAlive(component('kafka') ?? {}));
  });

  it('leaves nothing behind, also after a SIGKILL of its runner', async () => {
    const state = readState(dir);
    assert.ok(state);
    const postgres = component('postgres');
    process.kill(state.runner?.pid as number, 'SIGKILL');
    await eventually('the runner is gone', () => !isAlive(state.runner ?? {}));
    assert.equal(runningStack(), undefined);
    assert.ok(isAlive(postgres ?? {}), 'what it started runs on');
    assert.equal(await down(() => {}), true);
    for (const { name, ...process } of state.components)
      assert.equal(isAlive(process), false, `${name} is still there`);
    assert.equal(existsSync(path.join(dir, 'state.json')), false);
    assert.equal(existsSync(path.join(dir, 'data-ephemeral')), false);
    assert.equal(await down(() => {}), false);
  });
});

describe('a stack for the time of its caller', () => {
  before(() => {
    dir = temporaryStackDir('caller');
    process.env['STACK_DIR'] = dir;
  });
  after(leave);

  it('ends with it, also when that is killed', async () => {
    const script = `
      const { up } = await import(${JSON.stringify(path.join(import.meta.dirname, 'launch.ts'))});
      await up(${JSON.stringify(options)}, () => {});
      console.log('up');
      setInterval(() => {}, 1000);`;
    const caller = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(caller.stdout, 'data');
      const state = readState(dir);
      assert.ok(state);
      const processes = [state.runner ?? {}, ...state.components];
      assert.ok(processes.every(isAlive));
      caller.kill('SIGKILL');
      await eventually('its processes are gone', () => !processes.some(isAlive));
      assert.equal(existsSync(path.join(dir, 'state.json')), false);
    } finally {
      caller.kill('SIGKILL');
    }
  });
});

/** By the system's own list (Linux). */
const childrenOf = (pid: number): number[] =>
  (existsSync(`/proc/${pid}/task/${pid}/children`)
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    : ''
  )
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);

describe('a port', () => {
  it('that is taken is told in one line that says what to do', async () => {
    const port = await freePort();
    const server = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await assert.rejects(claimPort('order', port), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^order: port ${port} is in use( by node \\(pid ${process.pid}\\))?\\. .*--ephemeral`),
      );
      return true;
    });
    server.close();
  });
});
