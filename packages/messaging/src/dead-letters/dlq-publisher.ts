/**
 * The copies of dead letters on `<service>.dlq`: sent from the table, so that parking needs no broker. One
 * replica sends them, the one whose relay leads; in the order in which they were parked. From that topic
 * nothing can be taken back, so what may hold personal data is copied without what it said.
 */
import { inChunks } from '@sagakit/kafka/chunks';
import { fromRow, headersFrom } from '@sagakit/kafka/headers';
import { refusedForGood } from '@sagakit/kafka/kafkajs/producer';
import type { OutgoingRecord, RecordSender } from '@sagakit/kafka/port';
import type { RawRecord } from '@sagakit/kafka/record';
import type { Catalogue } from '@sagakit/messages/catalogue';
import { erasableTopics } from '@sagakit/messages/personal';
import type { Tx } from '@sagakit/postgres/transaction';
import { type Background, inBackground } from '@sagakit/resilience/background';
import type { Log } from '@sagakit/resilience/log';
import { createWakeUp } from '@sagakit/resilience/wake-up';
import { troubleOf } from '../trouble.ts';
import { isEffect } from './effect-topic.ts';
import { PLAIN_HEADERS } from './mask.ts';

export type DlqPublisher = Background & {
  /** Something was parked, or this replica leads now. */
  wake(): void;
};

/** For what other replicas parked, and after a failure. */
const EVERY_MS = 2_000;

export function createDlqPublisher(options: {
  db: Tx;
  /** Its own: a copy that is refused must not break what the relay sends. */
  sender: RecordSender;
  service: string;
  /** Whether this replica is the one that sends. */
  leads: () => boolean;
  /** Whether what lies on a topic may have to be taken back. */
  isPersonal: (topic: string) => boolean;
  /** How long it waits for what nobody wakes it for. Default: 2,000. */
  everyMs?: number;
  log: Log;
}): DlqPublisher {
  const { sender, leads, log, everyMs = EVERY_MS } = options;
  const wakeUp = createWakeUp();
  const loop = inBackground(async (signal) => {
    while (!signal.aborted) {
      wakeUp.forget();
      const more = leads() && (await publishDeadLetters(options).catch(failed));
      if (!more && !signal.aborted) await wakeUp.wait(everyMs);
    }
  });

  function failed(error: Error): false {
    log.warn({ ...troubleOf(error), waitMs: everyMs }, 'dead letters not copied, retrying');
    return false;
  }

  return {
    start: loop.start,
    async stop() {
      const ended = loop.stop();
      wakeUp.wake();
      await ended;
      await sender.stop();
    },
    wake: wakeUp.wake,
  };
}

/**
 * Topics whose messages can be taken back; and calls to the outside, which may name somebody too, and go with
 * their subject (see eraseBeside). What comes from any other is copied as it was received.
 */
export function mayBeTakenBack(catalogue: Catalogue): (topic: string) => boolean {
  const topics = erasableTopics(catalogue);
  return (topic) => topics.has(topic) || isEffect(topic);
}

type Uncopied = {
  id: string;
  reason: string;
  error: string;
  attempts: number;
  parkedAt: Date;
  record: RawRecord;
};

type Publishing = Pick<
  Parameters<typeof createDlqPublisher>[0],
  'db' | 'sender' | 'service' | 'isPersonal' | 'log'
>;

const AT_ONCE = 100;
/** All are in memory. One that is larger goes alone. */
const BYTES_AT_ONCE = 1024 * 1024;

/**
 * Sends copies that are due; true if there may be more. One that the broker refuses for good is set aside
 * (`copy_error`), and does not block the others.
 */
async function publishDeadLetters({ db, sender, service, isPersonal, log }: Publishing): Promise<boolean> {
  const deadLetters = (await uncopied(db)).map((deadLetter) => ({
    id: deadLetter.id,
    record: toRecord(service, isPersonal(deadLetter.record.topic) ? withheld(deadLetter) : deadLetter),
  }));
  for (const chunk of inChunks(deadLetters, ({ record }) => record)) {
    const refused = await sender.send(chunk.map(({ record }) => record)).then(
      () => [],
      async (error: unknown) => {
        if (!refusedForGood(error)) throw error;
        return sendOneByOne(chunk, sender);
      },
    );
    for (const { id, error } of refused) {
      log.error(
        { deadLetterId: id, error },
        'the broker refuses the copy of a dead letter; it stays in the database',
      );
      await setAside(db, id, error);
    }
    await markCopied(
      db,
      chunk.flatMap(({ id }) => (refused.some((deadLetter) => deadLetter.id === id) ? [] : [id])),
    );
  }
  // Also if bytes were the bound: then the next query finds none, or more.
  return deadLetters.length > 0;
}

async function sendOneByOne(deadLetters: { id: string; record: OutgoingRecord }[], sender: RecordSender) {
  const refused: { id: string; error: string }[] = [];
  for (const { id, record } of deadLetters) {
    try {
      await sender.send([record]);
    } catch (error) {
      if (!refusedForGood(error)) throw error;
      refused.push({ id, error: String(error) });
    }
  }
  return refused;
}

/** Oldest first. One batch parks all of its own at the same time: of these `place` tells. */
async function uncopied(db: Tx): Promise<Uncopied[]> {
  const { rows } = await db.query({
    name: 'dead-letters-uncopied',
    text: `select id, reason, error, attempts, parked_at as "parkedAt", topic, partition, "offset"::text, key, value, headers, raw_headers
           from (select *, row_number() over oldest as number,
                   sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers::text)) over oldest as bytes
                 from (select * from dead_letters where copied_at is null order by parked_at, place limit $1) due
                 window oldest as (order by parked_at, place)) counted
           where bytes <= $2 or number = 1 order by parked_at, place`,
    values: [AT_ONCE, BYTES_AT_ONCE],
  });
  return rows.map(({ topic, partition, offset, key, value, headers, raw_headers, ...deadLetter }) => ({
    ...deadLetter,
    record: { topic, partition, offset, key, value, headers: fromRow({ headers, raw_headers }) },
  }));
}

async function markCopied(db: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query({
    name: 'dead-letters-copied',
    text: 'update dead_letters set copied_at = now() where id = any($1::uuid[])',
    values: [ids],
  });
}

/** `copied_at` is set too: it is not tried again. */
async function setAside(db: Tx, id: string, error: string): Promise<void> {
  await db.query({
    name: 'dead-letters-set-aside',
    text: 'update dead_letters set copied_at = now(), copy_error = $2 where id = $1',
    values: [id, error.slice(0, 1_000)],
  });
}

/** The words about what is wrong may quote it. */
function withheld({ record, ...deadLetter }: Uncopied): Uncopied {
  return {
    ...deadLetter,
    error: `${deadLetter.reason}; what it said is withheld: it may be personal. GET /dead-letters/${deadLetter.id}`,
    record: {
      ...record,
      value: null,
      headers: record.headers.filter(([name]) => PLAIN_HEADERS.has(String(name))),
    },
  };
}

function toRecord(service: string, { record, reason, error, attempts, parkedAt }: Uncopied): OutgoingRecord {
  return {
    topic: `${service}.dlq`,
    key: record.key,
    value: record.value,
    // Those received stay as they are, also if one calls itself `dlq-reason`: ours are the last.
    headers: [
      ...record.headers,
      ...headersFrom({
        'dlq-reason': reason,
        'dlq-error': error.replaceAll('\n', ' ').slice(0, 1_000),
        'dlq-attempts': String(attempts),
        'dlq-origin-topic': record.topic,
        'dlq-origin-partition': String(record.partition),
        'dlq-origin-offset': record.offset,
        'dlq-time': parkedAt.toISOString(),
      }),
    ],
  };
}
