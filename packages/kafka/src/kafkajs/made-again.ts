/**
 * A topic that is deleted and made again begins at 0, and the broker forgets what groups had committed for
 * the old one. kafkajs 2.2.4 does not: it keeps its position in memory and goes on there, past all that the
 * new topic holds before it; and it tries a commit that failed for ever, until the new topic takes the old
 * one's offset. So after a fetch that failed, whatever the reason, a reader begins where the broker says that
 * its group is, and a commit is tried once. What comes a second time, the inbox drops.
 */
import { createRequire } from 'node:module';

type Group = {
  offsetManager: { clearAllOffsets(): void };
  recoverFromFetch(error: Error): Promise<void>;
  commitOffsets(offsets: object): Promise<void>;
};
type Runner = { running: boolean; consumerGroup: Group; commitOffsets(offsets: object): Promise<void> };

const require = createRequire(import.meta.url);
const group = (require('kafkajs/src/consumer/consumerGroup.js') as { prototype: Group }).prototype;
const runner = (require('kafkajs/src/consumer/runner.js') as { prototype: Runner }).prototype;
const recover = group.recoverFromFetch;

let done = false;

export function noticeTopicsMadeAgain(): void {
  if (done) return;
  done = true;
  group.recoverFromFetch = function forgetAndRecover(error) {
    // Out of range is cured for its own partition, and only there.
    if (error.name !== 'KafkaJSOffsetOutOfRange') this.offsetManager.clearAllOffsets();
    return recover.call(this, error);
  };
  runner.commitOffsets = async function commitOnce(offsets) {
    if (this.running) await this.consumerGroup.commitOffsets(offsets);
  };
}
