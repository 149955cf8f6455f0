/** Crashes, recreations, stops and more replicas, under load: Docker's own restart policies and volumes at work. */
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '@order-saga/contracts/topics';
import { compose, containersOf, crash, docker, stateOf, untilHealthy } from '../support/docker.ts';
import { AWAY_MS, underLoad } from '../support/load.ts';
import { expect, test } from '../support/story.ts';

test.setTimeout(240_000 + AWAY_MS * 2);

for (const service of [...SERVICES, 'kafka', 'postgres']) {
  test(`the process in ${service}'s container crashes under load: it is started again, and all orders end right`, async () => {
    const [container = ''] = await containersOf(service);
    const before = await stateOf(container);
    const { accepted } = await underLoad(async () => {
      await delay(1_000);
      await crash(container);
      await untilHealthy(container);
    });
    expect((await stateOf(container)).Pid).not.toBe(before.Pid);
    expect(accepted.length).toBeGreaterThan(20);
  });
}

for (const service of ['kafka', 'postgres']) {
  test(`${service}'s container is replaced by a new one on its volume: nothing is lost`, async () => {
    const { accepted } = await underLoad(async () => {
      await delay(1_000);
      await compose('up', '--detach', '--force-recreate', '--no-deps', '--wait', service);
      await delay(1_000);
    });
    expect(accepted.length).toBeGreaterThan(20);
  });
}

for (const service of SERVICES) {
  test(`${service} stops within 10 s when it is asked to, with an exit code of 0, and loses nothing that was in flight`, async () => {
    const [container = ''] = await containersOf(service);
    await underLoad(async () => {
      await delay(1_000);
      const began = performance.now();
      await docker('stop', '--timeout', '30', container);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect((await stateOf(container)).ExitCode).toBe(0);
      await delay(AWAY_MS);
      await docker('start', container);
      await untilHealthy(container);
    });
  });
}

test('three replicas of payment share the work, behind one published port', async () => {
  await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'payment=3');
  const replicas = await containersOf('payment');
  expect(replicas).toHaveLength(3);
  await underLoad(async () => delay(5_000));
  const handled = await Promise.all(
    replicas.map(async (container) => {
      const script = 'fetch("http://127.0.0.1:8080/metrics").then((r) => r.text()).then((text) => console.log(text))';
      const metrics = await docker('exec', container, 'node', '-e', script);
      return Number(/order_saga_messages_handled_total\{type="ProcessPayment"[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0);
    }),
  );
  expect(Math.min(...handled)).toBeGreaterThan(0);
  await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'payment=1');
});
