import { type Logger, pino } from 'pino';

/** What lets somebody in, and is in no message. */
const CREDENTIALS = ['token', 'password', 'authorization'];

/** What is never in a log, down to the fourth level. Names are letters. */
export const redactionOf = (hidden: Iterable<string>) => ({
  paths: [...new Set([...CREDENTIALS, ...hidden])].flatMap((name) => [
    name,
    `*.${name}`,
    `*.*.${name}`,
    `*.*.*.${name}`,
  ]),
  censor: '[redacted]',
});

/**
 * An error without what PostgreSQL says besides its message: `detail` quotes the row that failed, `where` the
 * value, and who somebody is may stand in both. Its code, table and constraint are left.
 */
export const withoutValues = (error: Error): object => {
  const {
    detail: _,
    where: __,
    ...said
  } = pino.stdSerializers.err(error) as pino.SerializedError & {
    detail?: unknown;
    where?: unknown;
  };
  return said;
};

/**
 * JSON lines on standard output.
 *
 * @param options.hidden fields that the schemas of messages mark as personal or secret, by name (see Masks)
 */
export function createLog({
  service,
  instance,
  level,
  hidden = [],
}: {
  service: string;
  instance: string;
  level: string;
  hidden?: Iterable<string>;
}): Logger {
  return pino({
    level,
    base: { service, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: redactionOf(hidden),
    serializers: { err: withoutValues },
  });
}
