/**
 * A mail server that takes every mail and delivers none, with a page to read them. The last 1,000 are kept in
 * memory.
 */
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { type Answer, openDoor, refusal } from '../psp-simulator/src/door.ts';
import { MAIL_PAGE_POLICY, mailPage } from './page.ts';

export type Mail = { id: number; to: string; subject: string; text: string; receivedAt: string };

const KEEP = 1_000;
/** Clients keep their connections: who sends no mail by then is told to go. */
const FINISH_WITHIN_MS = 2_000;
const host = process.env['HOST'] ?? '127.0.0.1';
const smtpPort = Number(process.env['SMTP_PORT']);
const pagePort = Number(process.env['PORT']);
/** Kept as they came; parsed when somebody reads them. */
const mails: { id: number; to: string; raw: Buffer; receivedAt: string }[] = [];
let received = 0;

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
      const to = session.envelope.rcptTo.map(({ address }) => address).join(', ');
      mails.push({ id: ++received, to, raw: Buffer.concat(chunks), receivedAt: new Date().toISOString() });
      if (mails.length > KEEP) mails.shift();
      done();
    });
  },
});
smtp.on('error', (error) => console.error(error.message));
smtp.listen(smtpPort, host);

/** Newest first. What is no mail at all is shown as the text that it is. */
async function read(to: string | null): Promise<Mail[]> {
  const chosen = mails.filter((mail) => to === null || mail.to === to).toReversed();
  return Promise.all(
    chosen.map(async ({ raw, ...mail }) => {
      const parsed = await PostalMime.parse(raw).catch(() => ({
        subject: undefined,
        text: raw.toString('utf8'),
      }));
      return { ...mail, subject: parsed.subject ?? '', text: parsed.text ?? '' };
    }),
  );
}

async function answer(_request: unknown, { pathname, searchParams }: URL): Promise<Answer> {
  if (pathname === '/mails')
    return { status: 200, body: JSON.stringify({ received, items: await read(searchParams.get('to')) }) };
  if (pathname === '/')
    return {
      status: 200,
      type: 'text/html; charset=utf-8',
      body: mailPage(await read(null), received),
      policy: MAIL_PAGE_POLICY,
    };
  return refusal(404, 'there is / and /mails');
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
