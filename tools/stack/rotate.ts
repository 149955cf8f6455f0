/** A new password for a role, in the server and in the file that connections read it from, while all runs. */
import { ONE_ROLE, SERVICES } from '@order-saga/contracts/system';
import { ownerOf, roleOf } from '@sagakit/service-kit/databases';
import pg from 'pg';
import { type Locked, ROTATED, rotateKafkaPassword, type UserName } from './components/kafka-users.ts';
import type { Server } from './components/postgres.ts';
import { keepSecret, newSecret, secretOf } from './secrets.ts';
import { StackError, wordsOf } from './stack-error.ts';

const ROLES: ReadonlyMap<string, string> = new Map([
  ['postgres', 'postgres'],
  ...ONE_ROLE.map((name): [string, string] => [name, roleOf(name)]),
  ...SERVICES.flatMap((service): [string, string][] => [
    [service, roleOf(service)],
    [`${service}-owner`, ownerOf(service)],
  ]),
]);

const KAFKA = 'kafka-';

/** `kafka-payment`: the service's password at Kafka, not at its database. Undefined: no name of Kafka's. */
export const kafkaUserNamed = (name: string): UserName | undefined =>
  name.startsWith(KAFKA) ? ROTATED.find((user) => user === name.slice(KAFKA.length)) : undefined;

/** What is to be done besides, once a password of Kafka is another. */
export const SHOW_OUT =
  'Who came in with the old one stays in until Kafka is started again: npm run stack -- restart kafka';

/** Throws a StackError in words if nobody is called so. */
export function roleNamed(name: string): string {
  const role = ROLES.get(name);
  if (role) return role;
  throw new StackError(
    'rotate',
    `there is no password of ${name}; there are ${[...ROLES.keys(), ...ROTATED.map((user) => `${KAFKA}${user}`)].join(', ')}`,
  );
}

/** Who came in with the old one is shown out. */
export const END_CONNECTIONS =
  'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()';

async function rotatePassword({ dataDir, url }: Server, name: string): Promise<void> {
  const role = roleNamed(name);
  const password = newSecret();
  const admin = new pg.Client({ connectionString: url() });
  await admin.connect();
  try {
    await admin.query(`alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`);
    keepSecret(secretOf(dataDir, name).file, password);
    await admin.query(END_CONNECTIONS, [role]);
  } finally {
    await admin.end();
  }
}

/** For the runner, as it answers. */
export async function rotate(
  { server, kafka }: { server: Server | undefined; kafka: Locked | undefined },
  name: string,
): Promise<{ status: number; text: string }> {
  try {
    const user = kafkaUserNamed(name);
    if (user) {
      if (!kafka) throw new StackError('rotate', 'Kafka has not been started yet');
      await rotateKafkaPassword(kafka, user);
      return { status: 200, text: `${name} has a new password. ${SHOW_OUT}` };
    }
    if (!server) throw new StackError('rotate', 'PostgreSQL has not been started yet');
    await rotatePassword(server, name);
    return { status: 200, text: `${name} has a new password` };
  } catch (error) {
    const isOurs = (error as Error).name === 'StackError';
    return { status: isOurs ? 404 : 500, text: isOurs ? (error as Error).message : wordsOf(error as Error) };
  }
}
