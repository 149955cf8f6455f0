/** The stream over real sockets, of clients that do not read. */
import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '@sagakit/testing/eventually';
import express from 'express';
import { streamEndpoint } from '../src/stream/endpoint.ts';
import { createHub } from '../src/stream/hub.ts';

const CLIENTS = 4;
const MOST_BYTES = 64 * 1024;
/** More than the kernel takes for a connection that nobody reads from. */
const MOST_EVENTS = 100_000;

describe('a stream that nobody reads', () => {
  it('holds 64 kB at most, whatever happens, and after a minute nothing', async (test) => {
    const hub = createHub();
    const server = express().get('/stream', streamEndpoint(hub)).listen(0, '127.0.0.1');
    const held = new Set<net.Socket>();
    server.on('connection', (socket) => held.add(socket.once('close', () => held.delete(socket))));
    await new Promise((resolve) => server.once('listening', resolve));
    const story = 's'.repeat(200);
    const clients = Array.from({ length: CLIENTS }, () => {
      const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
      client.write(`GET /stream?story=${story} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      return client.on('error', () => {});
    });
    test.after(() => {
      for (const client of clients) client.destroy();
      hub.close();
      server.close();
    });
    await eventually('all listen', () => hub.listeners() === CLIENTS);

    test.mock.timers.enable({ apis: ['setTimeout'] });
    let most = 0;
    for (let n = 0; n < MOST_EVENTS && hub.listeners() > 0 && most < 4 * MOST_BYTES; n++) {
      hub.changed(new Map([[story, 1]]));
      test.mock.timers.tick(250);
      for (const { writableLength } of held) most = Math.max(most, writableLength);
      if (n % 100 === 0) await turn();
    }
    test.mock.timers.reset();
    assert.ok(most > MOST_BYTES / 2, `the kernel takes all of ${MOST_EVENTS} events`);
    assert.ok(most < MOST_BYTES + 1_000, `${most} bytes wait`);
    await eventually('they are cut off', () => hub.listeners() === 0 && held.size === 0);
  });
});
