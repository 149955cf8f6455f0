import { quiet } from '@sagakit/resilience/log';
import { connect } from '../kafkajs/client.ts';
import type { Admin } from '../kafkajs/kafkajs.ts';
import { type KafkaConnection, namesAt } from '../connection.ts';
import { offsetsOf, unread } from '../kafkajs/offsets.ts';

async function asAdmin<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = connect(connection, quiet).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes a group that is not running read everything again. Throws while a member is still in the group. */
export const resetOffsets = (
  connection: KafkaConnection,
  groupId: string,
  topics: readonly string[],
): Promise<void> =>
  asAdmin(connection, async (admin) => {
    const { outside } = namesAt(connection);
    for (const topic of topics)
      await admin.resetOffsets({ groupId: outside(groupId), topic: outside(topic), earliest: true });
  });

/** The topics of which a group has committed how far it read. */
export const topicsReadBy = (connection: KafkaConnection, groupId: string): Promise<string[]> =>
  asAdmin(connection, async (admin) =>
    (await admin.fetchOffsets({ groupId: namesAt(connection).outside(groupId) }))
      .filter(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0))
      .map(({ topic }) => namesAt(connection).inside(topic)),
  );

/**
 * Offsets of a group's topics that it has not passed yet, by what it committed: no fewer than the records
 * that it has not read.
 */
export const lagOf = (
  connection: KafkaConnection,
  groupId: string,
  topics: readonly string[],
): Promise<number> =>
  asAdmin(connection, async (admin) => {
    const { outside } = namesAt(connection);
    return (await offsetsOf(admin, outside(groupId), topics.map(outside))).reduce(
      (sum, { committed, ...log }) => sum + unread(committed, log),
      0,
    );
  });
