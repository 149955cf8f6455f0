/** The Kafka and the Postgres that `npm test -- integration` started, and throw-away databases in it. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with npm test -- integration`);
  return value;
}

export const brokers = (): string[] => need('TEST_KAFKA_BROKERS').split(',');
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
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
