/**
 * What kafkajs 2.2.4 does while nothing happens, made rarer. It re-arms a timer with a negative delay (1 ms)
 * for ever on each idle connection: 1.1-1.5 % of a core per idle service, and a TimeoutNegativeWarning on
 * Node >= 23 (tulios/kafkajs issues 1556, 1751). That check matters only while requests are pending, so it is
 * armed only then. And it looks ten times a second on each connection whether a response is overdue, which
 * may take many seconds: once a second will do.
 */
import { createRequire } from 'node:module';

type Request = { sentAt: number; requestTimeout: number; timeoutRequest(): void };
type RequestQueue = {
  pending: unknown[];
  inflight: Map<number, Request>;
  requestTimeoutIntervalId: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
};

const require = createRequire(import.meta.url);
const queue = (require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }).prototype;
const schedule = queue.scheduleCheckPendingRequests;

const OVERDUE_EVERY_MS = 1_000;

let stopped = false;

export function stopIdleSpin(): void {
  if (stopped) return;
  stopped = true;
  queue.scheduleCheckPendingRequests = function scheduleWhilePending() {
    if (this.pending.length > 0) schedule.call(this);
  };
  queue.scheduleRequestTimeoutCheck = function lookForOverdueResponses() {
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      for (const request of [...this.inflight.values()])
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    }, OVERDUE_EVERY_MS);
  };
}
