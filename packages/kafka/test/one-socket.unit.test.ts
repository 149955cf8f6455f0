import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { ISocketFactory } from 'kafkajs';
import { eventually } from '@sagakit/testing/eventually';
import { keepToOneSocket } from '../src/kafkajs/one-socket.ts';

type Connection = {
  isConnected(): boolean;
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
};
const require = createRequire(import.meta.url);
const ConnectionOf = require('kafkajs/src/network/connection.js') as new (options: object) => Connection;
const factory = (require('kafkajs/src/network/socketFactory.js') as () => ISocketFactory)();
const silent = { debug() {}, error() {}, warn() {} };

describe("kafkajs' connection, which has one socket after another", () => {
  /** Of the server, which ends its side when it is told to, and not before. */
  const accepted: net.Socket[] = [];
  const made: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket.resume()));
  let connection: Connection;

  before(async () => {
    keepToOneSocket();
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  beforeEach(() => {
    made.length = 0;
    connection = new ConnectionOf({
      host: '127.0.0.1',
      port: (server.address() as net.AddressInfo).port,
      logger: { namespace: () => silent },
      socketFactory: (options: Parameters<ISocketFactory>[0]) => {
        const socket = factory(options);
        made.push(socket);
        return socket;
      },
      connectionTimeout: 5_000,
      requestTimeout: 5_000,
    });
  });

  it('hears nothing of the one that it has left', async () => {
    await connection.connect();
    const [first] = await eventually('it is accepted', () => accepted.length === 1 && accepted);
    await connection.disconnect();
    await connection.connect();
    first?.end();
    await eventually('it is closed', () => made[0]?.closed);
    assert.equal(connection.isConnected(), true);
    await connection.disconnect();
  });

  it('makes one where two ask for it at once', async () => {
    await Promise.all([connection.connect(), connection.connect()]);
    assert.equal(made.length, 1);
    await connection.disconnect();
  });

  it('tells who waits for one that it is left', async () => {
    const waiting = assert.rejects(connection.connect(), /was left/);
    await connection.disconnect();
    await waiting;
    assert.equal(connection.isConnected(), false);
    await connection.connect();
    assert.equal(connection.isConnected(), true);
    await connection.disconnect();
  });
});
