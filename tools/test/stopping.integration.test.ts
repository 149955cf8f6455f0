/**
 * A real service process is told to stop: it says so first, serves on, closes, and ends in time whoever does
 * not answer it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { freshDatabase, kafkaSettings } from '@sagakit/testing/infrastructure';
import { eventually } from '@sagakit/testing/eventually';
import { freePort } from '../stack/ports.ts';
import { ROOT } from '../stack/state.ts';

/** A stop that waits for nothing has closed its door by then, several times over. */
const SERVES_ON_MS = 2_000;

type Running = {
  url: string;
  process: ChildProcess;
  exited: Promise<unknown[]>;
  log(): Record<string, unknown>[];
};

/** A collector that takes every connection and says nothing, ever. */
async function silentCollector() {
  const connections = new Set<net.Socket>();
  let bytes = 0;
  const server = net.createServer((socket) => {
    connections.add(socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => bytes,
    close() {
      for (const socket of connections) socket.destroy();
      server.close();
    },
  };
}

let database: Awaited<ReturnType<typeof freshDatabase>>;
before(async () => {
  database = await freshDatabase();
});
after(() => database.drop());

async function inventory(environment: NodeJS.ProcessEnv): Promise<Running> {
  const port = await freePort();
  const own = spawn(process.execPath, [path.join(ROOT, 'services/inventory/src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      DATABASE_URL: database.url,
      ...kafkaSettings(),
      AUTH: 'off',
      SHUTDOWN_DELAY_MS: '0',
      ...environment,
    },
  });
  let text = '';
  own.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const url = `http://127.0.0.1:${port}`;
  await eventually('the service is ready', async () => (await fetch(`${url}/health/ready`)).ok);
  const log = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { url, process: own, exited: once(own, 'close'), log };
}

const readiness = (url: string) =>
  fetch(`${url}/health/ready`).then(async (response) => [response.status, await response.json()]);

/**
 * Undefined: it was answered, to the end; else the error's code, or the status, or that the answer was cut.
 */
function ask(url: string, agent: http.Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message);
    const request = http.get(url, { agent }, (response) => {
      const end = response.statusCode === 200 ? undefined : String(response.statusCode);
      response
        .resume()
        .once('end', () => resolve(end))
        .once('error', () => resolve('cut'));
    });
    request.once('error', failed);
  });
}

describe('a service that is told to stop', () => {
  it('is not ready at once, and serves on', async () => {
    const { url, process: own, exited } = await inventory({ SHUTDOWN_DELAY_MS: '60000' });
    own.kill('SIGTERM');
    const [, body] = await eventually('it is not ready', async () => {
      const seen = await readiness(url);
      return seen[0] === 503 && seen;
    });
    assert.equal((body as { reason: string }).reason, 'stopping');
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
    // A door that closes at once may still let one or two in.
    for (const began = performance.now(); performance.now() < began + SERVES_ON_MS; await delay(25))
      assert.equal(await ask(`${url}/stock`, new http.Agent({ keepAlive: false })), undefined);
    // Who asks twice is in a hurry: the stop goes on at once, in order.
    own.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  /**
   * Twenty ask without a pause while the service is told to stop; what became of those who were not answered.
   */
  async function stopUnderLoad(keepAlive: boolean): Promise<string[]> {
    const { url, process: own, exited, log } = await inventory({});
    const agent = new http.Agent({ keepAlive });
    const ends: string[] = [];
    let answered = 0;
    const clients = Array.from({ length: 20 }, async () => {
      for (let end; end === undefined;) {
        end = await ask(`${url}/stock`, agent);
        if (end === undefined) answered++;
        else ends.push(end);
      }
    });
    await eventually('all are served', () => answered > 200);
    own.kill('SIGTERM');
    await Promise.all(clients);
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual(
      log().filter(({ step }) => step),
      [],
    );
    return ends.filter((end) => end !== 'ECONNREFUSED');
  }

  it('cuts nobody of twenty who ask without a pause, on connections kept alive', async () => {
    assert.deepEqual(await stopUnderLoad(true), []);
  });

  it('cuts no answer of twenty who ask without a pause, on connections made anew each time', async () => {
    // Who stands at the door in the moment in which it is closed is refused or reset, and has been told
    // nothing: no way to close it prevents that.
    const ends = await stopUnderLoad(false);
    assert.deepEqual(
      ends.filter((end) => end !== 'ECONNRESET'),
      [],
    );
  });

  it('ends in time and with 0 though its collector never answers, and says what did not end', async () => {
    const collector = await silentCollector();
    const {
      url,
      process: own,
      exited,
      log,
    } = await inventory({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    await fetch(`${url}/stock`);
    await eventually('spans are sent', () => collector.heard() > 0);
    const began = performance.now();
    own.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds < 6, `it took ${seconds} s`);
    assert.deepEqual(
      log()
        .filter(({ step }) => step)
        .map(({ step }) => step),
      ['telemetry'],
    );
    collector.close();
  });
});
