/** A mail server that takes every mail and delivers none, with a page to read them. */
import type { IncomingMessage } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { type Answer, openDoor, refusal } from '../psp-simulator/src/door.ts';
import { mailBox } from './box.ts';
import { MAIL_PAGE_POLICY, mailPage } from './page.ts';

/** Clients keep their connections: who sends no mail by then is told to go. */
const FINISH_WITHIN_MS = 2_000;
const host = process.env['HOST'] ?? '127.0.0.1';
const smtpPort = Number(process.env['SMTP_PORT']);
const pagePort = Number(process.env['PORT']);
const box = mailBox();

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  closeTimeout: FINISH_WITHIN_MS,
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      box.take(session.envelope.rcptTo.map(({ address }) => address).join(', '), Buffer.concat(chunks));
      done();
    });
  },
});
smtp.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.message);
  // Without its port it would be a mail server that gets no mail.
  if (error.syscall === 'listen') process.exit(1);
});
smtp.listen(smtpPort, host);

/** Mailpit's call, which is the mail server in containers: so there is one way to make either forget. */
const SEARCH = '/api/v1/search';
const BY_MESSAGE_ID = /^message-id:([\w.@-]{8,200})$/;

function forget(query: string | null): Answer {
  const [, part] = BY_MESSAGE_ID.exec(query ?? '') ?? [];
  if (part === undefined)
    return refusal(400, 'query must be message-id: and a part of it, from 8 characters on');
  box.forget(part);
  return { status: 200, type: 'text/plain; charset=utf-8', body: 'ok' };
}

async function answer({ method }: IncomingMessage, { pathname, searchParams }: URL): Promise<Answer> {
  if (pathname === '/mails') {
    const items = await box.read(searchParams.get('to'));
    return { status: 200, body: JSON.stringify({ received: box.received(), items }) };
  }
  if (pathname === SEARCH && method === 'DELETE') return forget(searchParams.get('query'));
  if (pathname === '/')
    return {
      status: 200,
      type: 'text/html; charset=utf-8',
      body: mailPage(await box.read(null), box.received()),
      policy: MAIL_PAGE_POLICY,
    };
  return refusal(404, `there is /, /mails and DELETE ${SEARCH}`);
}

const page = await openDoor({ host, port: pagePort }, answer);
console.log(`mail server on port ${smtpPort}, its page on port ${pagePort}`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.all([page.close(FINISH_WITHIN_MS), new Promise<void>((resolve) => smtp.close(resolve))]);
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
