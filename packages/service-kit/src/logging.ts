import { type Logger, pino } from 'pino';

/** Never in a log: tokens, and what says who somebody is and where they live. */
const SECRETS = ['token', 'contact', 'email', 'address', 'password', 'authorization'];

const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

export const redaction = { paths, censor: '[redacted]' };

/** JSON lines on standard output. */
export function createLog({
  service,
  instance,
  level,
}: {
  service: string;
  instance: string;
  level: string;
}): Logger {
  return pino({
    level,
    base: { service, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: redaction,
  });
}
