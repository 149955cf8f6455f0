/** The mail server, as this service sees it. A mail is at least once; the ledger has one row per outcome. */
import nodemailer from 'nodemailer';
import { writeMail } from './domain/mail.ts';
import { mail } from './domain/recipient.ts';
import type { Settings } from './settings.ts';

/** For each word of the mail server. */
const REPLY_TIMEOUT_MS = 10_000;
/** For a whole mail, several words: one that trickles in is in time by each of them. */
const MAIL_TIMEOUT_MS = 30_000;
/** Minutes of a mail server's absence; then the mail is parked. */
const MAX_ATTEMPTS = 12;

export function mailer({ SMTP_URL, MAIL_FROM, MAIL_CONCURRENCY }: Settings) {
  const transport = nodemailer.createTransport({
    url: SMTP_URL,
    pool: true,
    maxConnections: MAIL_CONCURRENCY,
    maxMessages: Infinity,
    connectionTimeout: REPLY_TIMEOUT_MS,
    greetingTimeout: REPLY_TIMEOUT_MS,
    socketTimeout: REPLY_TIMEOUT_MS,
    ignoreTLS: SMTP_URL.startsWith('smtp://127.0.0.1'),
  });
  const handler = mail.handledBy({
    timeoutMs: MAIL_TIMEOUT_MS,
    backoff: { initialMs: 200, maxMs: 60_000 },
    maxAttempts: MAX_ATTEMPTS,
    async call(request, { subject: orderId, signal }) {
      const { subject, text } = writeMail(orderId, request);
      await transport
        .sendMail({
          from: MAIL_FROM,
          to: { name: request.name, address: request.to },
          subject,
          text,
          // The same for every attempt, so that a mail server may drop the second.
          messageId: `<${orderId}.${request.kind}@order-saga.example>`,
          signal,
        })
        .catch((error: MailError) => {
          throw withoutRecipient(error);
        });
      return { kind: request.kind };
    },
  });
  return { handlers: [handler], concurrency: MAIL_CONCURRENCY };
}

type MailError = Error & { code?: string; responseCode?: number };

/**
 * What a mail server answers quotes whom it will not deliver to, and an error goes into logs, spans and rows
 * that outlive the address. So of an answer only its numbers are handed on; where there was none, the words
 * are about the connection.
 */
export function withoutRecipient({ message, code = '', responseCode }: MailError): Error {
  const isAbout = responseCode !== undefined || code === 'EENVELOPE' ? 'the mail server refused it' : message;
  return new Error([code, responseCode, isAbout].filter(Boolean).join(' '));
}
