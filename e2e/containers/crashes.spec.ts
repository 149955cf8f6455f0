/**
 * Crashes, recreations, stops and more replicas, under load: Docker's own restart policies and volumes at
 * work.
 */
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '@order-saga/contracts/system';
import { compose, containersOf, crash, docker, stateOf, untilHealthy } from '../support/docker.ts';
import { AWAY_MS, underLoad } from '../support/load.ts';
import { expect, shop, test } from '../support/story.ts';

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
    // The job `kafka-users` shared the network of the container that is gone: an `up` that recreates nothing
    // could not start it again.
    await compose('up', '--detach', '--wait');
  });
}

for (const service of [...SERVICES, 'gateway', 'psp']) {
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

/**
 * Asks again and again on connections that are kept alive; true: the answer before the one that failed was
 * said to be the last.
 */
async function untilNotAnswered(url: string, agent: http.Agent): Promise<boolean> {
  const ask = () =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get(url, { agent }, (response) => {
        response
          .resume()
          .once('end', () => resolve(response))
          .once('error', reject);
      });
      request.once('error', reject);
    });
  for (let saidLast = false; ;) {
    const answer = await ask().catch(() => undefined);
    if (!answer) return saidLast;
    saidLast = answer.headers.connection === 'close';
  }
}

test('the gateway that stops cuts none of twenty who ask without a pause', async () => {
  const [container = ''] = await containersOf('gateway');
  const agent = new http.Agent({ keepAlive: true });
  const asking = Array.from({ length: 20 }, () =>
    untilNotAnswered(`${shop.urls.order}/orders?limit=1`, agent),
  );
  await delay(1_000);
  await docker('stop', '--timeout', '30', container);
  try {
    expect((await stateOf(container)).ExitCode).toBe(0);
    expect(await Promise.all(asking)).toEqual(Array(20).fill(true));
  } finally {
    await docker('start', container);
    await untilHealthy(container);
  }
});

test('three replicas of payment share the work, behind one published port', async () => {
  await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'payment=3');
  const replicas = await containersOf('payment');
  expect(replicas).toHaveLength(3);
  await underLoad(async () => delay(5_000));
  const handled = await Promise.all(
    replicas.map(async (container) => {
      const script =
        'fetch("http://127.0.0.1:8080/metrics").then((r) => r.text()).then((text) => console.log(text))';
      const metrics = await docker('exec', container, 'node', '-e', script);
      return Number(
        /order_saga_messages_handled_total\{type="ProcessPayment"[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0,
      );
    }),
  );
  expect(Math.min(...handled)).toBeGreaterThan(0);
  await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'payment=1');
});
