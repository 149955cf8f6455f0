/**
 * Sends the outbox. One relay is active per database; the others stand by. It reads all rows there are by id,
 * sends one batch at a time, awaits all replicas, deletes what was sent, and starts again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { Envelope } from '@sagakit/messages/envelope';
import pg, { type Pool } from 'pg';
import { type Address, connectionTo, PLANS } from '@sagakit/postgres/connection';
import { inChunks } from '@sagakit/kafka/chunks';
import type { OutgoingRecord, RecordSender } from '@sagakit/kafka/port';
import type { Log } from '@sagakit/resilience/log';
import { troubleOf } from '../trouble.ts';
import { backoffMs } from '@sagakit/resilience/retry';
import { withTimeout } from '@sagakit/resilience/timeout';
import { createWakeUp } from '@sagakit/resilience/wake-up';
import type { Observe } from '../observe.ts';
import { sendSpan } from '../trace.ts';
import { readOutbox, type StoredMessage } from './outbox.ts';
import type { LedOutbox, RelayBuffer } from './outbox-buffer.ts';
import { becomeLeader, heartbeat } from './relay-lock.ts';
import { SCAN_LIMIT } from './scan-schedule.ts';

export type Relay = {
  start(): void;
  /** Sends what is there (if this replica leads), then stops. */
  stop(): Promise<void>;
  leads(): boolean;
  /** Messages sent since the start. */
  sent(): number;
};

export type RelayOptions = {
  catalogue: Pick<Catalogue, 'identifier'>;
  service: string;
  database: Address;
  /** For NOTIFY where another replica leads. */
  pool: Pool;
  sender: RecordSender;
  buffer: RelayBuffer;
  /** Called when this replica becomes the leader. */
  onLead?: (() => void) | undefined;
  log: Log;
  observe: Observe;
};

const HEARTBEAT_MS = 2_000;
/**
 * As in every session of a service: a named statement must not keep the plan of an empty table. And a delete
 * that a crash forgets is only a message sent twice, which inboxes drop: it need not wait for the disk.
 */
const SESSION = [...PLANS, 'statement_timeout=30000', 'synchronous_commit=off'];
/** Longer than the server's own limit: it stands for a server that is frozen. */
const ANSWERS_WITHIN_MS = 35_000;
/** A frozen server does not say goodbye. */
const GOODBYE_MS = 1_000;

/** Replicas of two releases hear each other by it: it changes with the system's name only. */
const channelOf = ({ identifier }: Pick<Catalogue, 'identifier'>): string => `${identifier}_relay`;

export function createRelay(options: RelayOptions): Relay {
  const { log, buffer, sender } = options;
  const stopping = new AbortController();
  const wakeUp = createWakeUp();
  const notifyLeader = notifier(options);
  let leading = false;
  let sent = 0;
  const send = sendChunks(options, (count) => {
    sent += count;
  });

  /** Sends until this connection, and with it the lock, is lost. */
  async function lead(client: pg.Client): Promise<void> {
    let lost: Error | undefined;
    client.once('error', (error) => {
      lost = error;
    });
    leading = true;
    const outbox = buffer.lead();
    try {
      await client.query(`listen ${channelOf(options.catalogue)}`);
      options.onLead?.();
      const beat = heartbeats(client);
      for (;;) {
        wakeUp.forget();
        if (lost) throw lost;
        await beat();
        const ids = outbox.nextIds(SCAN_LIMIT);
        const dueInMs = outbox.nextScanInMs(performance.now());
        if (ids.length > 0) {
          await send(await recordsOf(client, outbox, ids), beat);
          outbox.sent(ids);
        } else if (dueInMs === 0 || (stopping.signal.aborted && outbox.hasDeletions()))
          await scan(client, outbox);
        else if (stopping.signal.aborted) return;
        else await wakeUp.wait(Math.min(dueInMs, HEARTBEAT_MS));
      }
    } finally {
      leading = false;
      buffer.stepDown();
    }
  }

  async function work(client: pg.Client): Promise<void> {
    client.on('error', wakeUp.wake);
    client.on('notification', buffer.notify);
    await client.connect();
    if (await becomeLeader(client, log, stopping.signal)) await lead(client);
  }

  buffer.listen(() => (leading ? wakeUp.wake() : notifyLeader()));
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = untilStopped(options, work, stopping.signal);
    },
    async stop() {
      stopping.abort();
      if (leading) buffer.notify();
      // With Kafka away the flush cannot end; the rows are safe where they are.
      await withTimeout(running, 3_000);
      await sender.stop();
    },
    leads: () => leading,
    sent: () => sent,
  };
}

/** Does the work on a connection of its own; when it fails, again on a new one. */
async function untilStopped(
  options: RelayOptions,
  work: (client: pg.Client) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const client = relayClient(options);
    const began = performance.now();
    try {
      await work(client);
    } catch (error) {
      if (performance.now() - began > 10_000) attempt = 1;
      const waitMs = backoffMs({ initialMs: 100, maxMs: 3_000 }, attempt);
      if (!signal.aborted)
        options.log.warn(
          { ...troubleOf(error), waitMs },
          'relay: failed, retrying; the outbox keeps what is to be sent',
        );
      await delay(waitMs, undefined, { signal }).catch(() => {});
    } finally {
      const ended = client.end().catch(() => {});
      await withTimeout(ended, GOODBYE_MS);
    }
  }
}

const relayClient = ({ service, database }: RelayOptions) =>
  new pg.Client({
    ...connectionTo(database, { name: `${service}-relay`, settings: SESSION }),
    query_timeout: ANSWERS_WITHIN_MS,
  });

/** At most one NOTIFY under way: the relay that hears it reads everything there is. */
function notifier({ catalogue, pool, log }: RelayOptions): () => void {
  let underWay = false;
  return () => {
    if (underWay) return;
    underWay = true;
    pool
      .query(`notify ${channelOf(catalogue)}`)
      .catch((error: Error) => log.debug({ err: error }, 'no NOTIFY; the leading relay scans by itself'))
      .finally(() => {
        underWay = false;
      });
  };
}

/** Gives what beats whenever it is time. */
function heartbeats(client: pg.Client): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    if (performance.now() - last <= HEARTBEAT_MS) return;
    await heartbeat(client);
    last = performance.now();
  };
}

async function scan(client: pg.Client, outbox: LedOutbox): Promise<void> {
  const { statement, onRows, onError } = outbox.scan(performance.now());
  try {
    onRows((await client.query(statement)).rows);
  } catch (error) {
    onError();
    throw error;
  }
}

/** In the order of the ids. */
async function recordsOf(client: pg.Client, outbox: LedOutbox, ids: string[]): Promise<OwnRecord[]> {
  const records = new Map<string, OwnRecord>();
  for (const id of ids) {
    const message = outbox.take(id);
    if (message) records.set(id, toRecord(message));
  }
  const missing = ids.filter((id) => !records.has(id));
  for (const { id, topic, message, erasure } of await readOutbox(client, missing)) {
    const envelope = erasure ?? (JSON.parse(message as string) as Envelope);
    records.set(id, toRecord({ topic, envelope, json: message }));
  }
  // A row that is gone was sent after the scan that found it: by another replica, or because another scan was
  // quicker.
  return ids.flatMap((id) => records.get(id) ?? []);
}

/** One request to the broker after the other, with the heartbeat between them. */
function sendChunks({ catalogue, sender, observe }: RelayOptions, onSent: (count: number) => void) {
  return async (records: OwnRecord[], beat: () => Promise<void>): Promise<void> => {
    for (const chunk of inChunks(records, (record) => record)) {
      const span = sendSpan(
        catalogue,
        chunk.map(({ headers }) => headers['traceparent'] as string),
      );
      try {
        await sender.send(chunk);
        span.end();
      } catch (error) {
        span.end(error);
        throw error;
      }
      observe.sent(chunk.length);
      onSent(chunk.length);
      await beat();
    }
  };
}

type OwnRecord = OutgoingRecord & { headers: Record<string, string> };

function toRecord({ topic, envelope, json }: StoredMessage): OwnRecord {
  return {
    topic,
    key: envelope.subject,
    value: json,
    headers: {
      'content-type': 'application/cloudevents+json',
      'event-type': envelope.type,
      source: envelope.source,
      'correlation-id': envelope.correlationid,
      traceparent: envelope.traceparent,
    },
  };
}
