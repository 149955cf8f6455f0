/** How every topic is kept by Kafka. Which there are: system.ts. */
import type { TopicSettings } from '@sagakit/messages/catalogue';
import { SERVICES, type ServiceName, SYSTEM, type Topic } from './system.ts';

/**
 * Topics keyed by order id have the SAME number of partitions, and one partition number of all of them goes
 * to one replica (packages/kafka/src/kafkajs/co-partitioning-assignor.ts): all messages of one order meet in
 * one process.
 */
const BY_ORDER = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

const byOrder = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: BY_ORDER,
  retentionMs: 7 * DAY_MS,
  segmentMs: DAY_MS,
});
const states = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: 1,
  compacted: true,
  retentionMs: -1,
  segmentMs: DAY_MS,
});
/** Erased personal data is off the disks a day later, or two: segments are of a day. */
const personal = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: BY_ORDER,
  compacted: true,
  forgetsWithinMs: DAY_MS,
  retentionMs: -1,
  segmentMs: DAY_MS,
});
const deadLetters = (writer: ServiceName): TopicSettings => ({
  writer,
  partitions: 1,
  retentionMs: 30 * DAY_MS,
  segmentMs: DAY_MS,
  maxMessageBytes: 4 * 1024 * 1024,
});

function topicsOf(name: ServiceName): [Topic, TopicSettings][] {
  const { topics, commandedBy } = SYSTEM[name];
  return [
    ...(topics.commands && commandedBy
      ? [[topics.commands, byOrder(commandedBy)] as [Topic, TopicSettings]]
      : []),
    [topics.events, byOrder(name)],
    ...(topics.states ? [[topics.states, states(name)] as [Topic, TopicSettings]] : []),
    ...(topics.personal ? [[topics.personal, personal(name)] as [Topic, TopicSettings]] : []),
    [topics.deadLetters, deadLetters(name)],
  ];
}

export const TOPICS = Object.fromEntries(SERVICES.flatMap(topicsOf)) as Readonly<
  Record<Topic, TopicSettings>
>;
