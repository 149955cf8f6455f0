/** A port that was free when it was looked at, and is somebody else's when what needs it is started. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it, mock } from 'node:test';
import { pathToFileURL } from 'node:url';
import { groupsIn, listeningSockets, standingOf } from './listeners.ts';
import { claimPort, freePort, keepFreePort, letGo, refuses, takenWords } from './ports.ts';
import { ROOT } from './state.ts';
import { type ProcessSpec, supervise } from './supervised.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-taken-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** A component that listens on its ports, one after the other, and is ready when the first answers. */
function component(ports: readonly number[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  const script = `
    const http = require('node:http');
    for (const port of ${JSON.stringify(ports)}) http.createServer((_, answer) => answer.end()).listen(port, '127.0.0.1');`;
  return {
    name: 'order',
    instance: 1,
    command: process.execPath,
    args: ['--eval', script],
    env: { PATH: process.env['PATH'] },
    log: path.join(dir, `order-${ports[0]}.log`),
    stopSignal: 'SIGTERM',
    ports,
    notReady: async () => ((await fetch(`http://127.0.0.1:${ports[0]}`)).ok ? undefined : 'it answers badly'),
    readyWithinMs: 20_000,
    ...more,
  };
}

/** It answers well, as another stack's component would. */
async function stranger(port: number): Promise<http.Server> {
  const server = http.createServer((_, answer) => answer.end()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.unref();
}

async function refusalOf(spec: ProcessSpec): Promise<string> {
  const own = supervise(spec, () => {});
  try {
    await own.start();
    return 'it has started';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await own.stop();
  }
}

const taken = (port: number) =>
  new RegExp(
    `^order: port ${port} is in use( by node \\(pid ${process.pid}\\))? since it was found free\\. Stop what uses it, or start on free ports: npm run stack -- up --ephemeral$`,
  );

describe('a port that somebody has taken since it was found free', () => {
  it('is told as that, in a line, and nobody takes the stranger for the component', async () => {
    const port = await freePort();
    const server = await stranger(port);
    assert.match(await refusalOf(component([port])), taken(port));
    server.close();
  });

  it('is told also where the component is not the one to notice', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const server = await stranger(other);
    const script = `require('node:http').createServer((_, answer) => answer.end()).listen(${port}, '127.0.0.1')`;
    assert.match(await refusalOf(component([port, other], { args: ['--eval', script] })), taken(other));
    server.close();
  });

  it('is no trouble once the stranger has gone', async () => {
    const port = await freePort();
    const server = await stranger(port);
    const asked = once(server, 'request').then(() => server.close());
    const gone = fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    const own = supervise(component([port]), () => {});
    await Promise.all([asked, gone]);
    await own.start();
    assert.equal(await standingOf(port, own.pid()), 'own');
    await own.stop();
    assert.equal(await standingOf(port, own.pid()), 'nobody');
  });
});

describe('a port that was found free', () => {
  it('is nobody else’s until its component is started', async () => {
    const port = await keepFreePort();
    await assert.rejects(claimPort('order', port), /^StackError: order: port \d+ is in use/);
    assert.equal(await refuses(port), undefined);
    const own = supervise(component([port]), () => {});
    await own.start();
    assert.match(readFileSync(own.spec.log, 'utf8'), /started, pid/);
    assert.doesNotMatch(readFileSync(own.spec.log, 'utf8'), /EADDRINUSE/);
    await own.stop();
  });

  it('and is not needed is let go', async () => {
    const port = await keepFreePort();
    await letGo();
    assert.match((await refuses(port)) ?? '', /ECONNREFUSED/);
  });
});

describe('a port that another process has chosen', () => {
  const PORTS = JSON.stringify(pathToFileURL(path.join(ROOT, 'tools/stack/ports.ts')).href);
  const [FIRST, COUNT] = [20_000, 12_000];
  /** In the middle of what stands for this port: at its edge a rounding could choose the one before. */
  const randomFor = (port: number) => (port - FIRST + 0.5) / COUNT;
  /** Another process; killed it gives nothing back itself. */
  function chooser(before = '') {
    const script = `
      const { freePort } = await import(${PORTS});
      ${before}
      console.log(await freePort());
      setTimeout(() => {}, 20_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const early = exited.then(([code]) => assert.fail(`it ended before it had chosen, with ${code}`));
    return {
      port: Promise.race([early, once(child.stdout, 'data').then(([said]) => Number(said))]),
      kill: () => (child.kill('SIGKILL'), exited),
    };
  }
  /** Looks at that one first. */
  function choosing(port: number): Promise<number> {
    const { random } = Math;
    const mocked = mock.method(Math, 'random', () => random());
    mocked.mock.mockImplementationOnce(() => randomFor(port));
    return freePort().finally(() => mocked.mock.restore());
  }

  it('is not chosen while that one lives, though nobody listens there, and can be afterwards', async () => {
    const other = chooser();
    const port = await other.port;
    const ours = await choosing(port);
    const said = await refuses(port);
    await other.kill();
    assert.match(said ?? '', /ECONNREFUSED/);
    assert.notEqual(ours, port);
    const next = chooser(`Math.random = () => ${randomFor(port)};`);
    const again = await next.port;
    await next.kill();
    assert.equal(again, port);
  });
});

describe('who listens', () => {
  it('at the loopback, at any address, and in IPv6 for both, is seen by the kernel’s table', () => {
    const row = (address: string, state: string, inode: number) =>
      `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000075cd3536 100 0 0 10 0`;
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      row('0100007F:3C48', '0A', 1),
      row('00000000:3C48', '0A', 2),
      row('00000000000000000000000000000000:3C48', '0A', 3),
      row('0000000000000000FFFF00000100007F:3C48', '0A', 4),
      row('0100007F:3C48', '01', 5), // a connection
      row('0100007F:3C49', '0A', 6), // another port
      row('0200000A:3C48', '0A', 7), // another address
    ].join('\n');
    assert.deepEqual(listeningSockets(table, 15432), ['1', '2', '3', '4']);
  });

  it('is seen by lsof where there is no such table', () =>
    assert.deepEqual(groupsIn('p120\ng118\nf21\np121\ng121\nf3\n'), [118, 121]));

  it('is told apart from who does not', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    server.unref();
    assert.equal(await standingOf(port, undefined), 'stranger');
    const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { detached: true });
    assert.equal(await standingOf(port, other.pid), 'stranger');
    other.kill('SIGKILL');
    server.close();
  });

  it('in another stack is named by its folder, and how to stop that is told', () =>
    assert.equal(
      takenWords(15432, { pid: 7, name: 'postgres', stack: '/a b/.stack' }),
      "port 15432 is in use by postgres (pid 7) of the stack in /a b/.stack. Stop that: STACK_DIR='/a b/.stack' npm run stack -- down, or start on free ports: npm run stack -- up --ephemeral",
    ));
});
