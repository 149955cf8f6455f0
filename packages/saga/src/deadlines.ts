/**
 * Expires deadlines. One that has passed is an input to the batch path like a message: the saga's row is
 * locked and looked at again. None expires before this replica has read all that was written up to it, or
 * while its own outbox is behind: the reply may lie there, or the command may not even be sent; and what was
 * sent a moment ago may be answered in the next.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Background, inBackground } from '@sagakit/resilience/background';
import type { BatchConsumer } from '@sagakit/kafka/port';
import type { Log } from '@sagakit/resilience/log';
import { outboxIsBehind } from '@sagakit/messaging/outbox/outbox';
import { troubleOf } from '@sagakit/postgres/database-errors';
import { type Incoming, localMessage } from '@sagakit/messaging/incoming';
import type { Processor } from '@sagakit/messaging/inbox/processor';
import type { Pool } from 'pg';
import type { Definitions } from './release.ts';
import { DEADLINE } from './runner/inputs.ts';
import { dueAlarms } from './runner/sagas-table.ts';

const BATCH = 200;
const OUTBOX_BEHIND_MS = 1_000;
/**
 * Caught up and with nothing unsent for that long: time for the replies to commands that were only just sent.
 */
const CALM_FOR_MS = 1_000;
/**
 * After an outage of the broker the participants have to find their way back too, before a deadline counts
 * against them.
 */
const AFTER_OUTAGE_MS = 10_000;

export function expireDeadlines(options: {
  definitions: Definitions;
  pool: Pool;
  processor: Processor;
  consumer: Pick<BatchConsumer, 'readAgoMs' | 'backSince' | 'partitions'>;
  everyMs: number;
  log: Log;
}): Background {
  const { pool, processor, consumer, log } = options;
  let calmSince: number | undefined;

  async function expireOnce(signal: AbortSignal): Promise<boolean> {
    const partitions = [...consumer.partitions()];
    const afterOutage = performance.now() - consumer.backSince() < AFTER_OUTAGE_MS;
    const readAgoMs = consumer.readAgoMs();
    const readsNothing = readAgoMs === Infinity || partitions.length === 0;
    if (afterOutage || readsNothing || (await outboxIsBehind(pool, OUTBOX_BEHIND_MS))) {
      calmSince = undefined;
      return false;
    }
    calmSince ??= performance.now();
    if (performance.now() - calmSince < CALM_FOR_MS) return false;
    const due = await dueAlarms(pool, options.definitions.subject, partitions, BATCH, readAgoMs);
    if (due.length === 0) return false;
    log.info({ sagas: due.length }, 'deadlines are due');
    await processor.submit(due.map(toInput), signal);
    return due.length === BATCH;
  }

  return inBackground(async (signal) => {
    while (!signal.aborted) {
      const more = await expireOnce(signal).catch((error) => {
        if (!signal.aborted) log.warn(troubleOf(error), 'deadlines could not be looked for, trying again');
        return false;
      });
      if (!more) await delay(options.everyMs, undefined, { signal }).catch(() => {});
    }
  });
}

function toInput({ subject, lastCommand }: Awaited<ReturnType<typeof dueAlarms>>[number]): Incoming {
  const id = lastCommand.id ?? subject;
  return {
    message: localMessage({ id, source: 'deadlines', type: DEADLINE, subject, data: {} }, lastCommand),
    cause: lastCommand,
  };
}
