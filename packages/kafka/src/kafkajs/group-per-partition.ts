type Grouping<Message> = {
  topic: string;
  partitionMetadata: readonly unknown[];
  messages: readonly Message[];
  partitioner: (about: { topic: string; partitionMetadata: readonly unknown[]; message: Message }) => number;
};

/** Messages by partition, in order. kafkajs copies a whole group for each message that joins it. */
export function groupPerPartition<Message>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping<Message>) {
  const groups: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages)
    (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return groups;
}
