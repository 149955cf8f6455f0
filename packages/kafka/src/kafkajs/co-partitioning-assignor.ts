import type { Assignment, PartitionAssigner } from 'kafkajs';
import { AssignerProtocol } from './kafkajs.ts';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/**
 * One partition number of all topics goes to one replica, so that all messages of one subject (same key, same
 * number of partitions) meet in one process. The client's round-robin would spread them over the replicas.
 */
export function partitionsOf(member: number, members: number, partitions: number[]): number[] {
  return partitions.filter((partition) => partition % members === member);
}

export const coPartitioningAssignor: PartitionAssigner = ({ cluster }) => ({
  name: 'SameNumber',
  version: 1,
  async assign({ members, topics }) {
    const ids = members.map(({ memberId }) => memberId).sort();
    return ids.map((memberId, place) => {
      const assignment: Assignment = {};
      for (const topic of topics) {
        const all = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        assignment[topic] = partitionsOf(place, ids.length, all);
      }
      return {
        memberId,
        memberAssignment: MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }),
      };
    });
  },
  protocol: ({ topics }) => ({
    name: 'SameNumber',
    metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
  }),
});
