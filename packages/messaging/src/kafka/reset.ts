import { quiet } from '../log.ts';
import { connect, type KafkaConnection } from './client.ts';

/** Makes a group that is not running read everything again. Throws while a member is still in the group. */
export async function resetOffsets(connection: KafkaConnection, groupId: string, topics: string[]): Promise<void> {
  const admin = connect(connection, quiet).admin();
  await admin.connect();
  try {
    for (const topic of topics) await admin.resetOffsets({ groupId, topic, earliest: true });
  } finally {
    await admin.disconnect();
  }
}

/** Records of a group's topics that it has not read yet, by its committed offsets. */
export async function lagOf(connection: KafkaConnection, groupId: string, topics: string[]): Promise<number> {
  const admin = connect(connection, quiet).admin();
  await admin.connect();
  try {
    let lag = 0;
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics })) {
      const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
      for (const { partition, offset } of partitions) lag += (ends.get(partition) ?? 0) - Math.max(0, Number(offset));
    }
    return lag;
  } finally {
    await admin.disconnect();
  }
}
