/** The Kafka and the Postgres that `npm test -- integration` started, and throw-away databases in it. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { eventually } from './eventually.ts';

/** Who stays longer is cut off. */
const LEAVE_WITHIN_MS = 500;

function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with npm test -- integration`);
  return value;
}

type Kafka = { brokers: string[]; sasl: { mechanism: 'scram-sha-512'; username: string; password: string } };
const kafka = () => JSON.parse(need('TEST_KAFKA')) as Kafka;

/** The Kafka of the tests, as its administrator. It can be written as JSON. */
export const kafkaAs = (clientId: string) => ({ ...kafka(), clientId });

/** The same as settings of a process. */
export function kafkaSettings(): Record<string, string> {
  const { brokers, sasl } = kafka();
  return {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_SASL_MECHANISM: sasl.mechanism,
    KAFKA_SASL_USERNAME: sasl.username,
    KAFKA_SASL_PASSWORD: sasl.password,
  };
}

/** By service: the databases that a stack gives its services. */
export const serviceDatabases = () => JSON.parse(need('TEST_DATABASES')) as Record<string, string>;
export const postgresUrl = (): string => need('TEST_POSTGRES_URL');

/** A new, empty database. `drop` removes it, whoever is connected. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: postgresUrl() });
  await admin.connect();
  await admin.query(`create database ${name}`);
  return {
    url: postgresUrl().replace(/\/[^/]*$/, `/${name}`),
    async drop() {
      // A pool has ended before the server knows it: who is cut off in that instant has nobody who listens.
      const connected = 'select 1 from pg_stat_activity where datname = $1';
      const nobody = async () => (await admin.query(connected, [name])).rows.length === 0;
      await eventually('nobody is connected', nobody, { withinMs: LEAVE_WITHIN_MS }).catch(() => {});
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
