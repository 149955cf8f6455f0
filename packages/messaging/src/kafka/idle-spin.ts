/**
 * kafkajs 2.2.4 re-arms a timer with a negative delay (1 ms) for ever on each idle connection: 1.1-1.5 % of a core per idle
 * service, and a TimeoutNegativeWarning on Node >= 23 (tulios/kafkajs issues 1556, 1751). The check matters only while
 * requests are pending, so it is armed only then.
 */
import { createRequire } from 'node:module';

type RequestQueue = { prototype: { pending: unknown[]; scheduleCheckPendingRequests(): void } };

const require = createRequire(import.meta.url);
const queue = (require('kafkajs/src/network/requestQueue/index.js') as RequestQueue).prototype;
const schedule = queue.scheduleCheckPendingRequests;

let stopped = false;

export function stopIdleSpin(): void {
  if (stopped) return;
  stopped = true;
  queue.scheduleCheckPendingRequests = function scheduleWhilePending() {
    if (this.pending.length > 0) schedule.call(this);
  };
}
