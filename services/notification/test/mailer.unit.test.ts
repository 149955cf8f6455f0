/** The adapter to the mail server, against one that greets and then says nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import { mailer } from '../src/mailer.ts';

it('a mail whose time is over is given up: its connection is closed, and is free for another', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { handlers } = mailer({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'shop@order-saga.example',
    MAIL_CONCURRENCY: 1,
  });
  const late = new AbortController();
  const call = handlers[0]?.prepare({ kind: 'order-confirmed', to: 'ada@example.com', name: 'Ada' });
  const sent = call?.({
    subject: 'an order',
    signal: late.signal,
    headers: { traceparent: '00-0-0-00' },
  });
  const [socket] = await once(server, 'connection');
  socket.write('220 here\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  late.abort(new Error('no answer within 5 ms'));
  await assert.rejects(sent ?? Promise.resolve(), /aborted/);
  await closed;
});
