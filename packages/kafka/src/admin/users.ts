/** Users of a Kafka, their passwords and their rights: made, and made good as often as one likes. */
import type { Log } from '@sagakit/resilience/log';
import { type KafkaConnection, namesAt } from '../connection.ts';
import { connect } from '../kafkajs/client.ts';
import {
  type AclEntry,
  type Admin,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from '../kafkajs/kafkajs.ts';
import { setPasswords } from '../kafkajs/scram.ts';
import { effective } from './effective.ts';
import { type Difference, difference, entriesOf, type Rights } from './rights.ts';

export type { Rights } from './rights.ts';

export type User = {
  password: string;
  /** Undefined: it needs none, the broker counts it among its super users. */
  rights?: Rights | undefined;
};

/**
 * Gives each user its password and exactly its rights: what it has besides is taken away. Others are left
 * alone. Returns once the broker goes by it; says whose rights were changed. Users have the prefix of the
 * connection too, as topics and groups do.
 */
export async function makeUsers(
  connection: KafkaConnection,
  users: ReadonlyMap<string, User>,
  log: Log,
): Promise<string[]> {
  const names = namesAt(connection);
  const wanted = [...users].flatMap(([user, { rights }]) =>
    rights ? entriesOf(names.outside(user), rights, names) : [],
  );
  const principals = new Set([...users.keys()].map((user) => `User:${names.outside(user)}`));
  const passwords = [...users].map(([user, { password }]) => [names.outside(user), password] as const);
  await setPasswords(connection, new Map(passwords), log);
  const admin = connect(connection, log).admin();
  await admin.connect();
  try {
    const changes = await differenceNow(admin, wanted, principals);
    if (changes.tooMuch.length > 0) await admin.deleteAcls({ filters: changes.tooMuch });
    if (changes.missing.length > 0) await admin.createAcls({ acl: changes.missing });
    await effective(async () => {
      const { missing, tooMuch } = await differenceNow(admin, wanted, principals);
      return [...missing, ...tooMuch].map(({ principal }) => `the rights of ${principal}`);
    });
    const changed = [...changes.missing, ...changes.tooMuch].map(({ principal }) => principal);
    return [...new Set(changed)].map((principal) => names.inside(principal.replace('User:', '')));
  } finally {
    await admin.disconnect();
  }
}

async function differenceNow(
  admin: Admin,
  wanted: readonly AclEntry[],
  principals: ReadonlySet<string>,
): Promise<Difference> {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  const there = resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...acl, ...resource })));
  return difference(
    wanted,
    there.filter(({ principal }) => principals.has(principal)),
  );
}
