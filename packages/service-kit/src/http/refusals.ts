/**
 * What is logged of requests that are rejected with 503. An overload must not be made worse by a stack trace
 * for each.
 */
import type { Log } from '@sagakit/resilience/log';

const EVERY_MS = 1_000;

/**
 * Logs the first refusal of a kind of error at once, and then one line a second at most, with how many were
 * not told since the line before. `/metrics` counts each of them (`http_request_seconds`, status 503).
 *
 * @param now milliseconds of a clock that only goes forward
 */
export function createRefusalLog(
  log: Pick<Log, 'warn'>,
  now = () => performance.now(),
): (error: Error, reason: string) => void {
  // By the error's name: a handful, whatever the messages say.
  const kinds = new Map<string, { toldAt: number; untold: number }>();
  return (error, reason) => {
    const kind = kinds.get(error.name) ?? { toldAt: -Infinity, untold: 0 };
    kinds.set(error.name, kind);
    if (now() - kind.toldAt < EVERY_MS) {
      kind.untold += 1;
      return;
    }
    const line = error.name === 'OverloadError' ? 'overloaded: rejecting with 503' : 'rejecting with 503';
    log.warn({ reason, error: error.message, refusedBefore: kind.untold }, line);
    kind.toldAt = now();
    kind.untold = 0;
  };
}
