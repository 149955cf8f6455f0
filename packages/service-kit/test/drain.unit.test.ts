/**
 * How connections go when a service stops: nobody who is being served is cut, and nobody who is idle holds
 * it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { readAnswer, testServer } from './http-server.ts';

const REQUEST = 'GET /things HTTP/1.1\r\nhost: a\r\n\r\n';

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('a server that closes', () => {
  it('lets what is under way finish, also an answer that was asked for before', async () => {
    const { server, release, waiting } = await testServer();
    const socket = await connected(server.port);
    socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually('the request is under way', async () => waiting() === 1);
    const closed = server.close(5_000);
    await eventually('nobody listens', () =>
      connected(server.port).then(
        (again) => void again.destroy(),
        () => true,
      ),
    );
    release();
    const answer = await readAnswer(socket);
    assert.deepEqual([answer.status, answer.headers['connection']], [200, 'close']);
    assert.deepEqual(await closed, []);
  });

  it('takes the next request of a connection that was kept alive, before it closes it', async () => {
    const { server } = await testServer();
    const idle = await connected(server.port);
    idle.write(REQUEST);
    await readAnswer(idle);
    const closed = server.close(5_000);
    await eventually('nobody listens', () =>
      connected(server.port).then(
        (again) => void again.destroy(),
        () => true,
      ),
    );
    idle.write(REQUEST);
    assert.equal((await readAnswer(idle)).headers['connection'], 'close');
    assert.deepEqual(await closed, []);
  });

  it('does not wait for connections that say nothing', async () => {
    const { server } = await testServer();
    const silent = await connected(server.port);
    const idle = await connected(server.port);
    idle.write(REQUEST);
    await readAnswer(idle);
    const began = performance.now();
    const ends = [silent, idle].map((socket) => once(socket.resume(), 'end'));
    assert.deepEqual(await server.close(60_000), []);
    assert.ok(performance.now() - began < 30_000);
    await Promise.all(ends);
  });

  it('cuts what does not end in time, and says what it was', async () => {
    const { server, waiting } = await testServer();
    const socket = await connected(server.port);
    socket.write('GET /slow?guest=secret HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually('the request is under way', async () => waiting() === 1);
    const cut = once(socket.resume(), 'close');
    assert.deepEqual(await server.close(50), ['GET /slow']);
    await cut;
  });

  it('resets nobody of twenty who ask without a pause on connections kept alive', async () => {
    const { server } = await testServer();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    const ends: (string | undefined)[] = [];
    let answered = 0;
    const clients = Array.from({ length: 20 }, async () => {
      for (;;) {
        const failed = await ask(server.port, agent);
        if (failed) return void ends.push(failed.code);
        answered++;
      }
    });
    await eventually('all are served', async () => answered > 200);
    assert.deepEqual(await server.close(5_000), []);
    await Promise.all(clients);
    assert.deepEqual(new Set(ends), new Set(['ECONNREFUSED']));
  });
});

/** Undefined: it was answered, to the end. */
function ask(port: number, agent: http.Agent): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/things', agent }, (response) => {
      assert.equal(response.statusCode, 200);
      response
        .resume()
        .once('end', () => resolve(undefined))
        .once('error', resolve);
    });
    request.once('error', resolve);
  });
}
