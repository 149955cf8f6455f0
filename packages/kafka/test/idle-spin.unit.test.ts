import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { stopIdleSpin } from '../src/kafkajs/idle-spin.ts';

type Entry = {
  correlationId: number;
  apiName: string;
  resolve(response: unknown): void;
  reject(error: Error): void;
};
type Queue = {
  push(request: { entry: Entry; expectResponse: boolean; sendRequest(): void }): void;
  fulfillRequest(response: { correlationId: number; size: number; payload: Buffer }): void;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
};
const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

describe("kafkajs' requests, with its idle spin stopped", () => {
  it('fail when their response is overdue; what came in time does not', async (t) => {
    stopIdleSpin();
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
    const queue = new RequestQueue({
      requestTimeout: 5_000,
      enforceRequestTimeout: true,
      logger: { debug() {}, warn() {} },
    });
    queue.scheduleRequestTimeoutCheck();
    const failed: string[] = [];
    const send = (correlationId: number) =>
      new Promise<void>((resolve) => {
        const entry = {
          correlationId,
          apiName: `call ${correlationId}`,
          resolve: () => resolve(),
          reject: ({ message }: Error) => failed.push(message),
        };
        queue.push({ entry, expectResponse: true, sendRequest() {} });
      });
    const answered = send(1);
    void send(2);
    queue.fulfillRequest({ correlationId: 1, size: 0, payload: Buffer.alloc(0) });
    await answered;
    t.mock.timers.tick(5_000);
    assert.deepEqual(failed, []);
    t.mock.timers.tick(1_000);
    assert.equal(failed.length, 1);
    assert.match(failed[0] ?? '', /call 2.*timed out/);
    t.mock.timers.tick(60_000);
    assert.equal(failed.length, 1);
    queue.destroy();
  });
});
