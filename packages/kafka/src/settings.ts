/** How a Kafka is reached, as settings: by their names in the environment. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Certificates, type KafkaConnection, type Sasl, SASL_MECHANISMS } from './connection.ts';

export const KafkaSettings = z.object({
  /** `host:port`, several separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .transform((brokers) => brokers.split(',').map((broker) => broker.trim()))
    .pipe(
      z.array(z.string().regex(/^[^:\s]+:\d+$/, 'must be host:port, several separated by commas')).min(1),
    ),
  /** Whose rights we have there. Left out: no SASL. */
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** Read again for each connection: a password is rotated by writing it. */
  KAFKA_SASL_PASSWORD_FILE: z.string().optional(),
  KAFKA_SASL_MECHANISM: z
    .string()
    .transform((mechanism) => mechanism.trim().toLowerCase())
    .pipe(z.enum(SASL_MECHANISMS, `must be one of ${SASL_MECHANISMS.join(', ')}`))
    .default('scram-sha-512'),
  KAFKA_SSL: z.stringbool({ error: 'must be true or false' }).default(false),
  /** Files in PEM, read again for each connection. Without a CA: the certificates that Node trusts. */
  KAFKA_SSL_CA_FILE: z.string().optional(),
  KAFKA_SSL_CERT_FILE: z.string().optional(),
  KAFKA_SSL_KEY_FILE: z.string().optional(),
  /** What topics and groups begin with, on a cluster that others use too. */
  KAFKA_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'must be letters, digits, ".", "_" and "-", 100 at most')
    .optional(),
});
export type KafkaSettings = z.infer<typeof KafkaSettings>;

/** Throws if a file cannot be read, or a user has no password. */
export function connectionOf(settings: KafkaSettings, clientId: string): KafkaConnection {
  return {
    brokers: settings.KAFKA_BROKERS,
    clientId,
    sasl: saslOf(settings),
    tls: settings.KAFKA_SSL ? certificatesOf(settings) : undefined,
    prefix: settings.KAFKA_PREFIX,
  };
}

function saslOf(settings: KafkaSettings): Sasl | undefined {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD_FILE: file } = settings;
  if (username === undefined) return undefined;
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_PASSWORD: given } = settings;
  const password = file === undefined ? given : lastGood(file);
  if (password === undefined) throw new Error('KAFKA_SASL_PASSWORD: is not set, and KAFKA_SASL_USERNAME is');
  return { mechanism, username, password };
}

function certificatesOf(settings: KafkaSettings): () => Certificates {
  const given = {
    ca: settings.KAFKA_SSL_CA_FILE,
    cert: settings.KAFKA_SSL_CERT_FILE,
    key: settings.KAFKA_SSL_KEY_FILE,
  };
  const files = Object.entries(given).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, lastGood(file)] as const],
  );
  return () => Object.fromEntries(files.map(([name, read]) => [name, read()]));
}

/**
 * What the file holds now; what it held before while it cannot be read or is empty: who replaces a file may
 * be in the middle of it. Throws if it never could be read.
 */
function lastGood(file: string): () => string {
  let known = readFileSync(file, 'utf8').trim();
  return () => {
    try {
      known = readFileSync(file, 'utf8').trim() || known;
    } catch {
      // What was good before is the best that there is.
    }
    return known;
  };
}
