/**
 * Which offsets a member of a group is to commit. On a timer, not per batch: the inbox makes what is
 * delivered again harmless.
 */
import type { Consumer } from 'kafkajs';
import type { Log } from '@sagakit/resilience/log';

export type Commits = {
  /**
   * All before `next` is handled. It is committed even if no record of ours lies before it, so that others
   * see where we stand.
   */
  reached(topic: string, partition: number, next: bigint): void;
  /** The broker may have forgotten what was committed, with the topic: it is committed again. */
  forgotten(): void;
  /** After an assignment nothing counts that was reached before. */
  reset(): void;
  commit(consumer: Consumer): Promise<void>;
};

export function createCommits(log: Log): Commits {
  const toCommit = new Map<string, { topic: string; partition: number; offset: string }>();
  /** What this member has committed, or is about to. */
  const committed = new Map<string, string>();
  return {
    reached(topic, partition, next) {
      const place = `${topic}/${partition}`;
      const offset = next.toString();
      if (committed.get(place) === offset) return;
      committed.set(place, offset);
      toCommit.set(place, { topic, partition, offset });
    },
    forgotten: () => committed.clear(),
    reset() {
      toCommit.clear();
      committed.clear();
    },
    async commit(consumer) {
      if (toCommit.size === 0) return;
      const offsets = [...toCommit.values()];
      toCommit.clear();
      await consumer.commitOffsets(offsets).catch((error: Error) => {
        committed.clear();
        log.debug({ err: error }, 'offsets not committed; the messages come again and the inbox drops them');
      });
    },
  };
}
