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
  /** The broker may have forgotten what was committed, with the topic: it is committed again, for a while. */
  forgotten(): void;
  /** After an assignment nothing counts that was reached before. */
  reset(): void;
  commit(consumer: Consumer): Promise<void>;
};

/**
 * After a join, and after a fetch that failed, a commit may be taken and still be lost: the broker tidies up
 * behind a topic that is gone, the client is not at work yet. For so long commits are repeated, so often.
 */
const UNSURE_FOR_MS = 60_000;
const REPEAT_EVERY_MS = 5_000;

/** @param clock the process' monotonic one, in milliseconds */
export function createCommits(log: Log, clock: () => number = () => performance.now()): Commits {
  const toCommit = new Map<string, { topic: string; partition: number; offset: string }>();
  /** What this member has committed, or is about to. */
  const committed = new Map<string, { offset: string; at: number }>();
  let unsureSince = -Infinity;

  const isCommitted = (place: string, offset: string, now: number) => {
    const last = committed.get(place);
    if (last?.offset !== offset) return false;
    return now - unsureSince > UNSURE_FOR_MS || now - last.at < REPEAT_EVERY_MS;
  };

  function forgotten(): void {
    committed.clear();
    unsureSince = clock();
  }

  return {
    reached(topic, partition, next) {
      const place = `${topic}/${partition}`;
      const offset = next.toString();
      const at = clock();
      if (isCommitted(place, offset, at)) return;
      committed.set(place, { offset, at });
      toCommit.set(place, { topic, partition, offset });
    },
    forgotten,
    reset() {
      toCommit.clear();
      forgotten();
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
