/**
 * A replica that is frozen (SIGSTOP, a suspended machine) keeps its connections and locks: another takes
 * over, and what it does when it wakes changes nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { underLoad } from '../support/load.ts';
import { type OwnStack, ownStack } from '../support/own-stack.ts';
import { expect, orderBody, someSku, test } from '../support/story.ts';

/**
 * Longer than a session (10 s): its partitions are given away. `FROZEN_MS=45000 npm run e2e --
 * failures/frozen` is the long version.
 */
const FROZEN_MS = Number(process.env['FROZEN_MS'] ?? 15_000);
test.setTimeout(240_000 + FROZEN_MS);

let own: OwnStack;
test.beforeAll(async () => {
  own = await ownStack('frozen', {}, '--replicas', '2');
});
test.afterAll(() => own.remove());

/** A participant too in the long version; the mechanisms are the same. */
const SERVICES = process.env['FROZEN_MS'] ? ['saga-orchestrator', 'inventory'] : ['saga-orchestrator'];

for (const service of SERVICES) {
  test(`${service} frozen for ${FROZEN_MS / 1000} s under load, a second one running: orders end meanwhile, and right`, async () => {
    const { shop } = own;
    const pid = own.state().components.find(({ name, instance }) => name === service && instance === 1)?.pid;
    if (!pid) throw new Error(`${service} does not run`);
    const { accepted } = await underLoad(
      async () => {
        await delay(500);
        process.kill(pid, 'SIGSTOP');
        try {
          // Placed while it is frozen, wherever they fall; all end before it wakes.
          const placed = await Promise.all(
            Array.from(
              { length: 12 },
              async () => (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]))).orderId,
            ),
          );
          const began = Date.now();
          for (const orderId of placed) expect((await shop.ended(orderId, 60_000)).status).toBe('CONFIRMED');
          await delay(Math.max(0, FROZEN_MS - (Date.now() - began)));
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        await delay(1_000);
      },
      { everyMs: 50, on: own },
    );
    expect(accepted.length).toBeGreaterThan(20);
  });
}
