/** What a user of a Kafka may do, and the entries of its list of rights (ACL) that say so. Pure. */
import {
  type AclEntry,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from '../kafkajs/kafkajs.ts';
import type { Names } from '../connection.ts';

export type Rights = {
  /** Topics. */
  writes: readonly string[];
  reads: readonly string[];
  /** Consumer groups that it may be a member of, by name, or by what their names begin with. */
  groups: readonly ({ name: string } | { prefix: string })[];
};

/**
 * To write and to read a topic, to be a member of a group: each includes the right to see it. An idempotent
 * producer needs no more than that.
 */
export function entriesOf(user: string, { writes, reads, groups }: Rights, { outside }: Names): AclEntry[] {
  const allowed = { principal: `User:${user}`, host: '*', permissionType: AclPermissionTypes.ALLOW };
  const topic = (name: string, operation: AclEntry['operation']): AclEntry => ({
    ...allowed,
    operation,
    resourceType: AclResourceTypes.TOPIC,
    resourceName: outside(name),
    resourcePatternType: ResourcePatternTypes.LITERAL,
  });
  return [
    ...writes.map((name) => topic(name, AclOperationTypes.WRITE)),
    ...reads.map((name) => topic(name, AclOperationTypes.READ)),
    ...groups.map((group) => ({
      ...allowed,
      operation: AclOperationTypes.READ,
      resourceType: AclResourceTypes.GROUP,
      resourceName: outside('name' in group ? group.name : group.prefix),
      resourcePatternType: 'name' in group ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
    })),
  ];
}

export type Difference = { missing: AclEntry[]; tooMuch: AclEntry[] };

const wordsOf = (entry: AclEntry): string =>
  [
    entry.principal,
    entry.host,
    entry.operation,
    entry.permissionType,
    entry.resourceType,
    entry.resourcePatternType,
    entry.resourceName,
  ].join(' ');

export function difference(wanted: readonly AclEntry[], there: readonly AclEntry[]): Difference {
  const lacks = (entries: readonly AclEntry[]) => {
    const known = new Set(entries.map(wordsOf));
    return (entry: AclEntry) => !known.has(wordsOf(entry));
  };
  return { missing: wanted.filter(lacks(there)), tooMuch: there.filter(lacks(wanted)) };
}
