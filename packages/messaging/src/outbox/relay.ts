/**
 * Sends the outbox. One relay is active per database; the others stand by. It reads all rows there are in id order, sends one
 * batch at a time, awaits all replicas, deletes what was sent, and starts again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Envelope } from '@sagakit/messages/envelope';
import pg, { type Pool } from 'pg';
import { connectionTo, PLANS } from '@sagakit/postgres/connection';
import { inWords } from '@sagakit/postgres/database-errors';
import { publishDeadLetters } from '../dead-letters/dlq-publisher.ts';
import { inChunks } from '@sagakit/kafka/chunks';
import type { OutgoingRecord, RecordSender } from '@sagakit/kafka/kafkajs/producer';
import type { Log } from '@sagakit/resilience/log';
import type { Observe } from '../observe.ts';
import { type Deliveries, SCAN_LIMIT } from './outbox-buffer.ts';
import { readOutbox, type Written } from './outbox.ts';
import { endFrozenHolder, heartbeat, tryToLead } from './relay-lock.ts';
import { backoffMs } from '@sagakit/resilience/retry';
import { sendSpan } from '../trace.ts';

export type Relay = {
  start(): void;
  /** Sends what is there (if this replica leads), then stops. */
  stop(): Promise<void>;
  leads(): boolean;
  /** Messages sent since the start. */
  sent(): number;
};

const HEARTBEAT_MS = 2_000;
/**
 * As in every session of a service: a named statement must not keep the plan of an empty table. And a delete that a crash forgets is only a
 * message sent twice, which inboxes drop: it need not wait for the disk.
 */
const SESSION = [...PLANS, 'statement_timeout=30000', 'synchronous_commit=off'];
/** Longer than the server's own limit: it stands for a server that is frozen. */
const ANSWERS_WITHIN_MS = 35_000;
/** A frozen server does not say goodbye. */
const GOODBYE_MS = 1_000;
const CHANNEL = 'order_saga_relay';

export function createRelay(options: {
  service: string;
  connectionString: string;
  /** For NOTIFY where another replica leads. */
  pool: Pool;
  sender: RecordSender;
  handover: Deliveries;
  log: Log;
  observe: Observe;
}): Relay {
  const { log, observe, sender, service, handover } = options;
  const stopping = new AbortController();
  let leading = false;
  let sentSoFar = 0;
  let woken = false;
  let wakeUp: (() => void) | undefined;
  let notifying = false;

  function wakeHere(): void {
    woken = true;
    wakeUp?.();
  }

  /** Sleeps until woken, at most so long. */
  async function rest(ms: number): Promise<void> {
    if (woken || stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wakeUp = undefined;
  }

  /** At most one NOTIFY under way: the relay that hears it reads everything there is. */
  function notify(): void {
    if (notifying) return;
    notifying = true;
    options.pool
      .query(`notify ${CHANNEL}`)
      .catch((error: Error) => log.debug({ err: error }, 'no NOTIFY; the active relay looks by itself'))
      .finally(() => {
        notifying = false;
      });
  }

  /** In the order of the ids. */
  async function recordsOf(client: pg.Client, ids: string[]): Promise<OwnRecord[]> {
    const records = new Map<string, OwnRecord>();
    for (const id of ids) {
      const written = handover.take(id);
      if (written) records.set(id, toRecord(written));
    }
    const missing = ids.filter((id) => !records.has(id));
    for (const { id, topic, message } of await readOutbox(client, missing)) {
      records.set(id, toRecord({ topic, envelope: JSON.parse(message) as Envelope, json: message }));
    }
    // A row that is gone was sent after the look that found it: by another replica, or because another look was quicker.
    return ids.flatMap((id) => records.get(id) ?? []);
  }

  async function send(records: OwnRecord[], beat: () => Promise<unknown>): Promise<void> {
    for (const chunk of inChunks(records, (record) => record)) {
      const span = sendSpan(chunk.map(({ headers }) => headers['traceparent'] as string));
      try {
        await sender.send(chunk);
        span.end();
      } catch (error) {
        span.end(error);
        throw error;
      }
      observe.sent(chunk.length);
      sentSoFar += chunk.length;
      await beat();
    }
  }

  /** Sends until this connection, and with it the lock, is lost. */
  async function lead(client: pg.Client): Promise<void> {
    let lost: Error | undefined;
    client.once('error', (error) => {
      lost = error;
    });
    leading = true;
    handover.begin();
    await client.query(`listen ${CHANNEL}`);
    let lastHeartbeat = -Infinity;
    async function beat(): Promise<boolean> {
      if (performance.now() - lastHeartbeat <= HEARTBEAT_MS) return false;
      await heartbeat(client);
      lastHeartbeat = performance.now();
      return true;
    }
    let moreLetters = false;
    for (;;) {
      woken = false;
      if (lost) throw lost;
      // Rare, and never urgent: a hundred at a time, between the batches of the outbox.
      if ((await beat()) || moreLetters) moreLetters = await publishDeadLetters(client, sender, service, log);
      const ids = handover.next(SCAN_LIMIT);
      const dueInMs = handover.lookDueInMs(performance.now());
      if (ids.length > 0) {
        await send(await recordsOf(client, ids), beat);
        handover.sent(ids);
      } else if (dueInMs === 0 || (stopping.signal.aborted && handover.untidy())) await look(client);
      else if (stopping.signal.aborted) return;
      else if (!moreLetters) await rest(Math.min(dueInMs, HEARTBEAT_MS));
    }
  }

  async function look(client: pg.Client): Promise<void> {
    const { statement, told, failed } = handover.look(performance.now());
    try {
      told((await client.query(statement)).rows);
    } catch (error) {
      failed();
      throw error;
    }
  }

  async function standBy(client: pg.Client): Promise<void> {
    while (!(await tryToLead(client))) {
      if (await endFrozenHolder(client)) log.warn({}, 'the active relay was frozen; its connection was ended');
      else await delay(1_000, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
    }
    log.info({}, 'this replica sends the outbox');
    await lead(client);
  }

  async function run(): Promise<void> {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const client = new pg.Client({
        ...connectionTo(options.connectionString, { name: `${service}-relay`, settings: SESSION }),
        query_timeout: ANSWERS_WITHIN_MS,
      });
      client.on('error', () => wakeHere());
      client.on('notification', handover.wrote);
      const began = performance.now();
      try {
        await client.connect();
        await standBy(client);
      } catch (error) {
        if (performance.now() - began > 10_000) attempt = 1;
        const waitMs = backoffMs({ initialMs: 100, maxMs: 3_000 }, attempt);
        if (!stopping.signal.aborted) log.warn({ err: error, trouble: inWords(error), waitMs }, 'the relay failed, trying again');
        await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      } finally {
        leading = false;
        handover.end();
        await Promise.race([client.end().catch(() => {}), delay(GOODBYE_MS, undefined, { ref: false })]);
      }
    }
  }

  handover.attach((found) => (found || leading ? wakeHere() : notify()));
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      if (leading) handover.wrote();
      else wakeHere();
      // With Kafka away the flush cannot end; the rows are safe where they are.
      await Promise.race([running, delay(3_000)]);
      await sender.stop();
    },
    leads: () => leading,
    sent: () => sentSoFar,
  };
}

type OwnRecord = OutgoingRecord & { headers: Record<string, string> };

function toRecord({ topic, envelope, json }: Written): OwnRecord {
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
