/**
 * What waits for something else is not broken: `docker compose up --wait` ends well once that is back,
 * however long it was away.
 */
import { expect, test } from '@playwright/test';
import { SERVICES } from '@order-saga/contracts/system';
import { compose, containersOf, inspect } from '../support/docker.ts';
import { call, eventually, orderBody, shop, someSku } from '../support/story.ts';

test.setTimeout(300_000);

/** As many probes that fail as make a container unhealthy by Docker's usual settings, and one more. */
const PROBES = 4;
type Probe = { Start: string };

/**
 * Until each of the containers was looked at so often since now: an absence that a health check had time to
 * notice.
 */
async function outlast(services: readonly string[]): Promise<void> {
  const began = Date.now();
  for (const service of services) {
    const [container = ''] = await containersOf(service);
    await eventually(
      `${service} was probed ${PROBES} times`,
      async () => {
        const log = await inspect<Probe[]>(container, '.State.Health.Log');
        return log.filter(({ Start }) => Date.parse(Start) > began).length >= PROBES;
      },
      { withinMs: 120_000, everyMs: 1_000 },
    );
  }
}

async function anOrderGoesThrough(): Promise<void> {
  const { status, body } = await shop.place(orderBody([{ sku: someSku(), quantity: 1 }]));
  expect(status).toBe(202);
  expect((await shop.ended(body.orderId)).status).toBe('CONFIRMED');
}

test('Kafka and PostgreSQL stopped for longer than any health check waits: `up --wait` ends well, and orders go through', async () => {
  await compose('stop', 'kafka', 'postgres');
  await outlast(['gateway', ...SERVICES]);
  expect((await call(`${shop.urls.order}/health/ready`)).status).toBe(503);
  await compose('up', '--detach', '--no-recreate', '--wait');
  await anOrderGoesThrough();
});

test('Kafka restarted, and `up --wait` at once: it ends well, and orders go through', async () => {
  await compose('restart', 'kafka');
  await compose('up', '--detach', '--no-recreate', '--wait');
  await anOrderGoesThrough();
});

test('a service that is started while its database is away waits, and `up --wait` ends well', async () => {
  await compose('stop', 'postgres');
  await compose('restart', 'order');
  await outlast(['order']);
  const [order = ''] = await containersOf('order');
  expect(await inspect<string>(order, '.State.Health.Status')).toBe('starting');
  await compose('up', '--detach', '--no-recreate', '--wait');
  await anOrderGoesThrough();
});
