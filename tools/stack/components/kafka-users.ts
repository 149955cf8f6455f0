/** Who may come to the embedded broker, and with what password: one file per user, for its owner alone. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogue } from '@order-saga/contracts/catalogue';
import { KAFKA_RIGHTS, type KafkaUser } from '@order-saga/contracts/rights';
import { createTopics } from '@sagakit/kafka/admin/topics';
import { makeUsers, type User } from '@sagakit/kafka/admin/users';
import type { KafkaConnection, Sasl } from '@sagakit/kafka/connection';
import { quiet } from '@sagakit/resilience/log';
import { keepSecret, newSecret } from '../secrets.ts';

/** Kafka's own: may do everything. `broker` is the broker itself, and whoever sets it up. */
export const SUPER_USERS = ['admin', 'broker'] as const;
const USERS = Object.keys(KAFKA_RIGHTS) as KafkaUser[];
const NAMES = [...SUPER_USERS, ...USERS];
export type UserName = (typeof NAMES)[number];

export type Credentials = {
  /** Where a user's password lies. Who is told the place sees when it changes. */
  fileOf(user: UserName): string;
  passwordOf(user: UserName): string;
};

/** A broker, and who may come to it. */
export type Locked = { brokers: string[]; credentials: Credentials };

/** Makes a password for each user that has none. They stay with the broker's data. */
export function credentialsIn(folder: string): Credentials {
  const fileOf = (user: UserName) => path.join(folder, `kafka-${user}-password`);
  for (const file of NAMES.map(fileOf)) if (!existsSync(file)) keepSecret(file, newSecret());
  return { fileOf, passwordOf: (user) => readFileSync(fileOf(user), 'utf8').trim() };
}

const saslOf = (user: UserName, { passwordOf }: Credentials) => ({
  mechanism: 'scram-sha-512' as const,
  username: user,
  password: passwordOf(user),
});

/** What `state.json` says of it: an administrator, and the passwords of the others. */
export const lockedState = ({ brokers, credentials }: Locked) => ({
  brokers,
  sasl: saslOf('admin', credentials),
  users: Object.fromEntries(USERS.map((user) => [user, credentials.passwordOf(user)])),
});

/** What a process of the stack is told, to come as that user. */
export const kafkaSettings = (user: KafkaUser, { brokers, credentials }: Locked) => ({
  KAFKA_BROKERS: brokers.join(','),
  KAFKA_SASL_USERNAME: user,
  KAFKA_SASL_PASSWORD_FILE: credentials.fileOf(user),
});

/**
 * Gives the users the passwords that lie in the folder, and the rights of contracts/src/rights.ts: also at a
 * broker whose data an earlier release has made. By PLAIN, which one user alone may use, whose password the
 * broker is started with.
 */
async function makeUsersGood({ brokers, credentials }: Locked): Promise<void> {
  const { passwordOf } = credentials;
  const sasl: Sasl = { mechanism: 'plain', username: 'broker', password: passwordOf('broker') };
  const connection: KafkaConnection = { brokers, clientId: 'stack', sasl };
  const users = new Map<string, User>([['admin', { password: passwordOf('admin') }]]);
  for (const user of USERS) users.set(user, { password: passwordOf(user), rights: KAFKA_RIGHTS[user] });
  await makeUsers(connection, users, quiet);
}

/**
 * A new password for one of them, in the broker and in the file that connections read it from. Who came in
 * with the old one stays in until the broker is started again: it cannot be told to show anybody out.
 */
export async function rotateKafkaPassword({ brokers, credentials }: Locked, user: UserName): Promise<void> {
  const password = newSecret();
  const sasl: Sasl = { mechanism: 'plain', username: 'broker', password: credentials.passwordOf('broker') };
  const rights = USERS.includes(user as KafkaUser) ? KAFKA_RIGHTS[user as KafkaUser] : undefined;
  await makeUsers({ brokers, clientId: 'stack', sasl }, new Map([[user, { password, rights }]]), quiet);
  keepSecret(credentials.fileOf(user), password);
}

/** Whose password can be changed while the broker runs: everybody's but its own. */
export const ROTATED: readonly UserName[] = ['admin', ...USERS];

/** Users first: topics are made by one of them. */
export async function setUpKafka(kafka: Locked): Promise<void> {
  await makeUsersGood(kafka);
  const { brokers, sasl } = lockedState(kafka);
  await createTopics({ brokers, clientId: 'stack', sasl }, catalogue.topics, quiet);
}
