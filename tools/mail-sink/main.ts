/** A mail server that takes every mail and delivers none, with a page to read them. The last 1,000 are kept in memory. */
import http from 'node:http';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { mailPage } from './page.ts';

export type Mail = { id: number; to: string; subject: string; text: string; receivedAt: string };

const KEEP = 1_000;
const host = process.env['HOST'] ?? '127.0.0.1';
const smtpPort = Number(process.env['SMTP_PORT']);
const pagePort = Number(process.env['PORT']);
const mails: Mail[] = [];
let received = 0;

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address).join(', ');
      PostalMime.parse(Buffer.concat(chunks)).then(
        ({ subject, text }) => {
          mails.push({ id: ++received, to, subject: subject ?? '', text: text ?? '', receivedAt: new Date().toISOString() });
          if (mails.length > KEEP) mails.shift();
          done();
        },
        (error: Error) => done(error),
      );
    });
  },
});
smtp.on('error', (error) => console.error(error.message));
smtp.listen(smtpPort, host);

const page = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const to = searchParams.get('to');
  const shown = mails.filter((mail) => to === null || mail.to === to).toReversed();
  if (pathname === '/mails') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ received, items: shown }));
  } else if (pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(mailPage(shown, received));
  } else {
    response.writeHead(404).end();
  }
});
page.listen(pagePort, host, () => console.log(`mail server on port ${smtpPort}, its page on port ${pagePort}`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
