/**
 * A process that is killed does not leave its group: the broker keeps its place until its session has ended,
 * and whoever joins meanwhile waits for it, its successor first of all. That one comes under the same client
 * id, and takes out whom it finds there under it. (kafkajs 2.2.4 has no static members, KIP-345, which would
 * keep the place instead.)
 */
import type { Cluster } from 'kafkajs';

type Member = { memberId: string; clientId: string };
/** What kafkajs' types leave out. */
type Coordinator = {
  describeGroups(asked: { groupIds: string[] }): Promise<{ groups: { members: Member[] }[] }>;
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
};

/**
 * Before the own join. Should one of them live after all, it joins again.
 *
 * @returns the member ids that were taken out
 */
export async function takeOutPredecessors(
  cluster: Cluster,
  { groupId, clientId }: { groupId: string; clientId: string },
): Promise<string[]> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  const ids = groups.flatMap(({ members }) =>
    members.filter((member) => member.clientId === clientId).map(({ memberId }) => memberId),
  );
  for (const memberId of ids) await coordinator.leaveGroup({ groupId, memberId });
  return ids;
}
