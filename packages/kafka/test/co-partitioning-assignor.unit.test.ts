import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster, GroupMember } from 'kafkajs';
import { coPartitioningAssignor, partitionsOf } from '../src/kafkajs/co-partitioning-assignor.ts';
import { AssignerProtocol } from '../src/kafkajs/kafkajs.ts';

const PARTITIONS: Record<string, number> = { commands: 3, events: 3, list: 1 };
const cluster = {
  findTopicPartitionMetadata: (topic: string) =>
    Array.from({ length: PARTITIONS[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
} as unknown as Cluster;
const assigner = coPartitioningAssignor({ cluster, groupId: 'g', logger: {} as never });
const topics = Object.keys(PARTITIONS);

async function assign(...memberIds: string[]) {
  const members = memberIds.map((memberId): GroupMember => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const given = await assigner.assign({ members, topics });
  return given.map(({ memberId, memberAssignment }) => [
    memberId,
    AssignerProtocol.MemberAssignment.decode(memberAssignment),
  ]);
}

describe('partitions', () => {
  it('of one number go to one replica, and every number to somebody', () => {
    for (const members of [1, 2, 3, 4]) {
      const given = Array.from({ length: members }, (_, member) => partitionsOf(member, members, [0, 1, 2]));
      assert.deepEqual(given.flat().sort(), [0, 1, 2]);
    }
  });
  it('of all topics are given by their number, in the order of the names of the members', async () => {
    const of = (...numbers: number[]) => ({ commands: numbers, events: numbers });
    const decoded = (assignment: object) => ({ version: 1, assignment, userData: Buffer.alloc(0) });
    const two = [
      ['a', decoded({ ...of(0, 2), list: [0] })],
      ['b', decoded({ ...of(1), list: [] })],
    ];
    assert.deepEqual(await assign('a', 'b'), two);
    assert.deepEqual(await assign('b', 'a'), two);
    assert.deepEqual(await assign('a'), [['a', decoded({ ...of(0, 1, 2), list: [0] })]]);
  });
});

describe('a member', () => {
  it('says what it reads, under the name of the protocol that all must share', () => {
    const { name, metadata } = assigner.protocol({ topics });
    assert.equal(name, 'SameNumber');
    assert.equal(assigner.name, name);
    assert.equal(assigner.version, 1);
    assert.deepEqual(AssignerProtocol.MemberMetadata.decode(metadata), {
      version: 1,
      topics,
      userData: Buffer.alloc(0),
    });
  });
});
