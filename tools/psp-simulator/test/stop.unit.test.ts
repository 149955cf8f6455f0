/** The simulator as a process: what it cannot read, and how it goes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { freePort } from '../../stack/ports.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'psp-'));
after(() => rmSync(folder, { recursive: true }));

async function simulator() {
  const port = await freePort();
  const file = path.join(folder, `${port}.jsonl`);
  const own = spawn(process.execPath, [path.join(import.meta.dirname, '../src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PORT: String(port), LEDGER_FILE: file, STEP_DEADLINE_MS: '60000' },
  });
  after(() => own.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  await eventually('it is ready', async () => (await fetch(`${url}/health/ready`)).ok);
  return { url, port, own, exited: once(own, 'exit'), booked: () => readFileSync(file, 'utf8') };
}

/** Its head is sent at once; its body when `mayEnd` says so. */
function charge(url: string, token: string, mayEnd: () => Promise<unknown> = async () => {}) {
  const headers = { 'idempotency-key': token, expect: '100-continue' };
  const agent = new http.Agent({ keepAlive: true });
  return new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
    const request = http.request(`${url}/charges`, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status, headers } = response;
      response.resume().once('end', () => resolve({ status, connection: headers.connection }));
    });
    request.once('error', reject);
    request.once('continue', () => {
      const body = JSON.stringify({ orderId: token, amount: { amount: 1, currency: 'EUR' }, token });
      mayEnd().then(() => request.end(body), reject);
    });
    request.flushHeaders();
  });
}

const untilClosed = (url: string) =>
  eventually('nobody is taken any more', async () => !(await fetch(url).catch(() => undefined)));

describe('the payment provider simulator', () => {
  it('finishes the calls under way when it is told to stop, and ends well', async () => {
    const { url, own, exited, booked } = await simulator();
    const answer = await charge(url, 'tok_visa', async () => {
      own.kill('SIGTERM');
      await untilClosed(url);
    });
    assert.deepEqual(answer, { status: 200, connection: 'close' });
    assert.deepEqual(await exited, [0, null]);
    assert.match(booked(), /"orderId":"tok_visa","kind":"charge"/);
  });

  it('does not wait for what it leaves unanswered on purpose, and does not answer it either', async () => {
    const { url, own, exited, booked } = await simulator();
    const answer = charge(url, 'tok_timeout');
    await eventually('it is booked', () => booked().includes('tok_timeout'));
    own.kill('SIGTERM');
    await assert.rejects(answer, /socket hang up|ECONNRESET/);
    assert.deepEqual(await exited, [0, null]);
  });

  it('tells those whom it cannot read, and lives', async () => {
    const { url, port } = await simulator();
    const requests: [status: number, text: string][] = [
      [400, 'nonsense\r\n\r\n'],
      [400, 'GET / HTTP/9.9\r\nhost: x\r\n\r\n'],
      [400, 'GET /ledger HTTP/1.1\r\n\r\n'],
      [400, 'GET // HTTP/1.1\r\nhost: x\r\n\r\n'],
      [400, 'GET /ledger HTTP/1.1\r\nhost: x\r\na: \x01\r\n\r\n'],
      [431, `GET /ledger HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
      [417, 'POST /charges HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\n\r\n'],
      [405, 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'],
      [404, 'GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n'],
    ];
    for (const [status, text] of requests) {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
      let said = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      await eventually('there is a body', () => /\r\n\r\n./s.test(said), {
        withinMs: 5_000,
        seen: () => [text.slice(0, 60), said],
      });
      socket.destroy();
      assert.match(said, new RegExp(`^HTTP/1.1 ${status} `), text.slice(0, 60));
      assert.match(said, /"error":"[^"]+"/);
    }
    assert.equal((await fetch(`${url}/ledger`)).status, 200);
  });
});
