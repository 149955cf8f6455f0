/**
 * A Kafka and a Postgres for the integration tests: on free ports, in a folder of their own, gone afterwards.
 */
import { createTopics } from '@sagakit/kafka/admin/topics';
import { quiet } from '@sagakit/resilience/log';
import { catalogue as bookings } from '@sagakit/testing/bookings';
import { enterFolder } from '../stack/enter-folder.ts';
import { up } from '../stack/launch.ts';
import { kafkaOf, type StackState } from '../stack/state.ts';

/** What packages/testing/src/infrastructure.ts reads. */
function variablesOf(state: StackState): Record<string, string> {
  const component = (name: string) => state.components.find((candidate) => candidate.name === name);
  return {
    TEST_POSTGRES_URL: component('postgres')?.url ?? '',
    TEST_KAFKA: JSON.stringify({ brokers: component('kafka')?.brokers, sasl: component('kafka')?.sasl }),
    TEST_DATABASES: JSON.stringify(component('postgres')?.databases ?? {}),
  };
}

/** Gives the work the variables by which tests find them. */
export async function withInfrastructure<T>(
  work: (variables: Record<string, string>) => Promise<T>,
): Promise<T> {
  const { leave } = enterFolder('integration');
  try {
    const state = await up(
      { ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true, forCaller: true },
      (text) => console.log(`  ${text}`),
    );
    // The framework's own tests have topics of their own beside the system's.
    await createTopics(kafkaOf(state, 'tests'), bookings.topics, quiet);
    return await work(variablesOf(state));
  } finally {
    await leave();
  }
}

/** Several, each by itself: what is done to one, the others do not see. */
export function withInfrastructures<T>(
  count: number,
  work: (each: Record<string, string>[]) => Promise<T>,
): Promise<T> {
  if (count === 0) return work([]);
  return withInfrastructure((one) => withInfrastructures(count - 1, (others) => work([one, ...others])));
}
