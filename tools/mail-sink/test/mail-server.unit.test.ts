/** The mail server as a process: what it cannot read, what it forgets, and how it goes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '@sagakit/testing/eventually';
import { freePort } from '../../stack/ports.ts';

async function mailServer() {
  const [port, smtpPort] = [await freePort(), await freePort()];
  const own = spawn(process.execPath, [path.join(import.meta.dirname, '../main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PORT: String(port), SMTP_PORT: String(smtpPort) },
  });
  after(() => own.kill('SIGKILL'));
  await eventually('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/mails`)).ok);
  return { port, smtpPort, own, exited: once(own, 'exit') };
}

/** A conversation: sends a line, and waits for what is said to it. */
function talk(port: number) {
  const socket = net.connect(port, '127.0.0.1');
  after(() => socket.destroy());
  let said = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  socket.on('error', () => {});
  return {
    socket,
    async say(text: string, answer: RegExp): Promise<void> {
      said = '';
      socket.write(text);
      await eventually(`${text.slice(0, 60)} is answered with ${answer}`, () => answer.test(said), {
        withinMs: 5_000,
        seen: () => said,
      });
    },
  };
}

describe('the mail server', () => {
  it('takes the mail under way when it is told to stop, waits for nobody who is silent, and ends well', async () => {
    const { port, smtpPort, own, exited } = await mailServer();
    const silent = talk(smtpPort);
    await silent.say('', /220 /);
    await silent.say('EHLO x\r\n', /250 /);
    const { say, socket } = talk(smtpPort);
    await say('', /220 /);
    await say('EHLO x\r\n', /250 /);
    await say('MAIL FROM:<a@example.com>\r\n', /250 /);
    await say('RCPT TO:<b@example.com>\r\n', /250 /);
    await say('DATA\r\n', /354 /);
    socket.write('Subject: x\r\n\r\nthe first half,');
    own.kill('SIGTERM');
    await eventually(
      'nobody is taken any more',
      async () => !(await fetch(`http://127.0.0.1:${port}/mails`).catch(() => undefined)),
    );
    await say(' the second\r\n.\r\n', /250 /);
    assert.deepEqual(await exited, [0, null]);
  });

  it('forgets the mails that it is told to, by their Message-ID, and no other', async () => {
    const { port, smtpPort } = await mailServer();
    const url = `http://127.0.0.1:${port}`;
    const { say } = talk(smtpPort);
    await say('', /220 /);
    await say('EHLO x\r\n', /250 /);
    const [one, other] = [randomUUID(), randomUUID()];
    for (const [order, head] of [
      [one, 'Message-ID: <%>'],
      [one, 'message-id:\r\n <%>'], // folded
      [other, `Message-ID: <%>\r\nX-Other: ${one}`],
      [other, `Subject: ${one}`],
    ] as const) {
      await say('MAIL FROM:<a@example.com>\r\n', /250 /);
      await say('RCPT TO:<b@example.com>\r\n', /250 /);
      await say('DATA\r\n', /354 /);
      const id = `${order}.order-confirmed@order-saga.example`;
      await say(`${head.replace('%', id)}\r\n\r\nMessage-ID: <${one}>\r\n.\r\n`, /250 /);
    }
    const mails = async () => {
      const { items } = (await (await fetch(`${url}/mails`)).json()) as { items: { id: number }[] };
      return items.map(({ id }) => id);
    };
    const forget = async (query: string, method = 'DELETE') =>
      (await fetch(`${url}/api/v1/search?query=${query}`, { method })).status;
    assert.deepEqual(await mails(), [4, 3, 2, 1]);
    for (const query of ['', 'message-id:', 'message-id:.', `to:${one}`, '%'])
      assert.equal(await forget(encodeURIComponent(query)), 400, query);
    assert.equal(await forget(`message-id:${one}`, 'GET'), 404);
    assert.deepEqual(await mails(), [4, 3, 2, 1]);
    assert.equal(await forget(`message-id:${one}`), 200);
    assert.deepEqual(await mails(), [4, 3]);
    assert.equal(await forget(`message-id:${one}`), 200, 'twice');
    assert.deepEqual(await mails(), [4, 3]);
  });

  it('tells those whom it cannot read, and lives', async () => {
    const { port } = await mailServer();
    const requests: [text: string, answer: RegExp][] = [
      ['nonsense\r\n\r\n', /^HTTP\/1.1 400 .*\r\n\r\n\{"error"/s],
      ['GET // HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1.1 400 .*\r\n\r\n\{"error"/s],
      ['GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1.1 404 .*\r\n\r\n\{"error"/s],
    ];
    for (const [text, answer] of requests) await talk(port).say(text, answer);
    assert.equal((await fetch(`http://127.0.0.1:${port}/mails`)).status, 200);
  });
});
