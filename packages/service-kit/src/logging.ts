import { withoutValue } from '@sagakit/postgres/database-errors';
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
 * An error without what PostgreSQL quotes: `detail` the row that failed, `where` the value, and so does its
 * message where a value does not fit (see withoutValue); who somebody is may stand in each. Its code, table
 * and constraint are left, and where it was thrown.
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
  const { message, stack } = said;
  return { ...said, message: unquoted(message, error), stack: unquoted(stack, error) };
};

/** What is written of an error has the words of its causes in it. */
function unquoted(text: string, error: Error): string {
  let shown = text;
  const seen = new Set<unknown>();
  for (let at: unknown = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    const words = withoutValue(at);
    if (at.message && words !== at.message) shown = shown.replaceAll(at.message, () => words);
  }
  return shown;
}

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
