/**
 * A process that is killed does not leave its group: the broker keeps its place until its session has ended,
 * and whoever joins meanwhile waits for it, its successor first of all. The same holds for one that lost the
 * broker, and begins anew once it is back (kafkajs 2.2.4 forgets its place then, and knows no static members,
 * KIP-345). Each comes under the same client id, and takes out whom it finds there under it.
 */
import { createRequire } from 'node:module';
import { retry } from '@sagakit/resilience/retry';
import type { Log } from '@sagakit/resilience/log';
import type { Cluster } from 'kafkajs';

type Member = { memberId: string; clientId: string };
/** What kafkajs' types leave out. */
type Coordinator = {
  describeGroups(asked: { groupIds: string[] }): Promise<{ groups: { members: Member[] }[] }>;
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
};
type Group = { cluster: Cluster; groupId: string; joinAndSync(): Promise<void> };
type Owner = { clientId: string; log: Log };

const require = createRequire(import.meta.url);
const group = (require('kafkajs/src/consumer/consumerGroup.js') as { prototype: Group }).prototype;
const join = group.joinAndSync;

const owners = new WeakMap<Cluster, Owner>();
/** Each lives as long as its consumer goes on, through rebalances: it takes a place once. */
const begun = new WeakSet<Group>();
let patched = false;

/**
 * Whenever the consumer with this cluster begins, it takes the place of who is there under its client id.
 * Should that one live after all, it joins again.
 */
export function takePlaces(cluster: Cluster, owner: Owner): void {
  owners.set(cluster, owner);
  if (patched) return;
  patched = true;
  group.joinAndSync = async function takePlaceAndJoin() {
    const own = owners.get(this.cluster);
    if (own && !begun.has(this)) await takePlace(this, own);
    begun.add(this);
    return join.call(this);
  };
}

/** Where it fails, the session of who was there is waited for. */
async function takePlace({ cluster, groupId }: Group, { clientId, log }: Owner): Promise<void> {
  try {
    const members = await retry(() => takeOut(cluster, groupId, clientId), WHILE_IT_LOADS);
    if (members.length > 0) log.info({ groupId, members }, 'took the place of who was there before');
  } catch (error) {
    log.debug({ err: error, groupId }, 'the place of who was there before is left to its session');
  }
}

/** A broker that was started again reads its groups first. */
const WHILE_IT_LOADS = {
  retryable: (error: unknown) => (error as { retriable?: unknown }).retriable === true,
  backoff: { initialMs: 100, maxMs: 500 },
  attempts: 10,
};

/** Gives the member ids that were taken out. */
async function takeOut(cluster: Cluster, groupId: string, clientId: string): Promise<string[]> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  const ids = groups.flatMap(({ members }) =>
    members.filter((member) => member.clientId === clientId).map(({ memberId }) => memberId),
  );
  for (const memberId of ids) await coordinator.leaveGroup({ groupId, memberId });
  return ids;
}
