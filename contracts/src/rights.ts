/**
 * Who may do what at Kafka: one user per service, and who reads beside them. All of it follows from
 * system.ts; what is not said here is refused. The broker's administrator needs no rights, and nobody here
 * has those of one.
 */
import { SERVICES, type ServiceName, SYSTEM, type Topic } from './system.ts';
import { TOPICS } from './topics.ts';

export type KafkaRights = {
  writes: readonly Topic[];
  reads: readonly Topic[];
  /** Consumer groups that it may join, by name, or by what their names begin with. */
  groups: readonly ({ name: string } | { prefix: string })[];
};

/** `tools`: demo, bench and checker. */
export type KafkaUser = ServiceName | 'console' | 'tools';

const ALL = Object.keys(TOPICS) as Topic[];
const PERSONAL: ReadonlySet<Topic> = new Set(SERVICES.flatMap((name) => SYSTEM[name].topics.personal ?? []));

const ofService = (service: ServiceName): KafkaRights => ({
  writes: ALL.filter((topic) => TOPICS[topic].writer === service),
  reads: SYSTEM[service].reads,
  groups: [{ name: service }],
});

/** They read beside everybody, in groups of their own. */
const ofReader = (prefix: string, reads: readonly Topic[]): KafkaRights => ({
  writes: [],
  reads,
  groups: [{ prefix }],
});

export const KAFKA_RIGHTS = {
  ...Object.fromEntries(SERVICES.map((service) => [service, ofService(service)])),
  // It masks what it reads there before it keeps it.
  console: ofReader('console-', ALL),
  tools: ofReader(
    'tail-',
    ALL.filter((topic) => !PERSONAL.has(topic)),
  ),
} as Readonly<Record<KafkaUser, KafkaRights>>;
