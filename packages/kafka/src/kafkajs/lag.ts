import type { Admin, Kafka } from 'kafkajs';
import { withTimeout } from '@sagakit/resilience/timeout';
import { offsetsOf, unread } from './offsets.ts';
import type { Names } from '../connection.ts';
import type { Reading } from '../reading.ts';

const RESPONDS_WITHIN_MS = 5_000;
/** A broker that is frozen does not say goodbye. */
const GOODBYE_MS = 1_000;

type Lag = Map<string, number>;
/** @property asking one look for all who ask at the same time */
type Connection = { admin: Promise<Admin>; asking?: Promise<Lag> | undefined };

/**
 * Asks the broker, by a connection of its own, what lies before a reader: a reader that has gone silent
 * cannot say so itself.
 *
 * @param withinMs how long a look may take
 */
export function createLag(
  kafka: Kafka,
  groupId: string,
  reading: Reading,
  names: Names,
  withinMs: number = RESPONDS_WITHIN_MS,
) {
  /**
   * For all who ask, from the moment at which it is begun: kafkajs dials until a broker answers and cannot be
   * told to stop, so that one beside it would dial too, and be forgotten, and stay open.
   */
  let connection: Connection | undefined;
  let stopped = false;

  function forget(own: Connection): void {
    if (connection === own) connection = undefined;
  }

  function refuseOnceStopped(): void {
    if (stopped) throw new Error('the reader has stopped');
  }

  async function look(): Promise<Lag> {
    refuseOnceStopped();
    const until = performance.now() + withinMs;
    const late = () => {
      throw new Error(`the broker did not respond within ${withinMs} ms`);
    };
    const own = (connection ??= connect(kafka, forget));
    const admin = await withTimeout(own.admin, withinMs, late);
    refuseOnceStopped();
    own.asking ??= lagIn(admin, groupId, reading, names).finally(() => {
      own.asking = undefined;
    });
    try {
      return await withTimeout(own.asking, until - performance.now(), late);
    } catch (error) {
      // Perhaps it is this connection that is ill: the next look takes a new one.
      forget(own);
      void leave(own);
      throw error;
    }
  }

  return {
    /**
     * Offsets of each topic that lie unread in this replica's partitions. Throws if the broker does not say
     * so within five seconds.
     */
    lag: look,
    /** A connection that is being made is left as soon as it is there; who stops does not wait for it. */
    async stop(): Promise<void> {
      stopped = true;
      if (connection) await withTimeout(leave(connection), GOODBYE_MS);
    },
  };
}

/** @param onRefused kafkajs gives up, which it does for what cannot be mended by dialling again */
function connect(kafka: Kafka, onRefused: (own: Connection) => void): Connection {
  const admin = kafka.admin();
  const own = { admin: admin.connect().then(() => admin) };
  own.admin.catch(async () => {
    onRefused(own);
    await disconnect(admin);
  });
  return own;
}

/** For good: what is still being asked by it would connect again once the broker is there. */
async function leave({ admin: connected, asking }: Connection): Promise<void> {
  const admin = await connected.catch(() => undefined);
  if (!admin) return;
  await disconnect(admin);
  await asking?.catch(() => {});
  await disconnect(admin);
}

const disconnect = (admin: Admin): Promise<void> => admin.disconnect().catch(() => {});

async function lagIn(admin: Admin, groupId: string, reading: Reading, { inside }: Names): Promise<Lag> {
  const own = reading.assignment();
  const lag: Lag = new Map();
  for (const { topic, partition, committed, ...log } of await offsetsOf(admin, groupId, Object.keys(own))) {
    if (!own[topic]?.includes(partition)) continue;
    const at = reading.position(topic, partition) ?? committed;
    lag.set(inside(topic), (lag.get(inside(topic)) ?? 0) + unread(at, log));
  }
  return lag;
}
