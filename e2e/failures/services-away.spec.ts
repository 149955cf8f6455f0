/** Any service may be killed and be away for a while under load: all orders end right. */
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '@order-saga/contracts/system';
import { AWAY_MS, underLoad } from '../support/load.ts';
import { expect, kill, restart, test } from '../support/story.ts';

test.describe.configure({ mode: 'parallel' });
test.setTimeout(180_000 + AWAY_MS * 2);

for (const component of [...SERVICES, 'psp', 'kafka', 'postgres']) {
  test(`${component} is killed under load and comes back: all orders end right`, async () => {
    const { accepted } = await underLoad(async () => {
      await delay(1_000);
      await kill(component);
      await delay(AWAY_MS);
      await restart(component);
      await delay(1_000);
    });
    expect(accepted.length).toBeGreaterThan(20);
  });
}

for (const component of ['kafka', 'postgres', 'saga-orchestrator']) {
  test(`${component} is restarted in good order under load: all orders end right`, async () => {
    const { accepted } = await underLoad(async () => {
      await delay(1_000);
      await restart(component);
      await delay(1_000);
    });
    expect(accepted.length).toBeGreaterThan(20);
  });
}
