/**
 * Whatever time zone, date style and search path a server, a database or an address asks for: one truth about
 * time, and the same tables.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { connectedTo } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { call, type OrderView, orderBody, type SagaView } from '../shop/client.ts';
import { type Services, startServices } from './services.ts';

/** As `alter system` and `alter role` do: the next connections have it. */
const setOn = (url: string, settings: Record<string, string>): Promise<void> =>
  connectedTo(url, async (client) => {
    const { pathname } = new URL(url);
    for (const [name, value] of Object.entries(settings))
      await client.query(`alter database ${pathname.slice(1)} set ${name} = '${value}'`);
  });

function addressed(url: string, zone: string): string {
  const with_ = new URL(url);
  with_.searchParams.set('options', `-c TimeZone=${zone}`);
  return with_.href;
}

type Saga = SagaView & { deadline?: string; updatedAt: string };
/** Long enough for an order to be seen before it, short enough to wait for. */
const DEADLINE_MS = 5_000;

async function tellsOneTruth({ urls }: Services): Promise<void> {
  const placed = await call<OrderView>(`${urls.order}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(orderBody([{ sku: 'SKU-0001', quantity: 1 }])),
  });
  assert.equal(placed.status, 202);
  const { orderId, placedAt } = placed.body;
  assert.ok(Math.abs(Date.parse(placedAt) - Date.now()) < 60_000, placedAt);

  const order = await call<OrderView>(`${urls.order}/orders/${orderId}`);
  assert.equal(order.body.placedAt, placedAt);
  assert.ok(Math.abs(Date.parse(order.body.updatedAt) - Date.parse(placedAt)) < 60_000, order.body.updatedAt);
  const at = (ms: number) => new Date(Date.parse(placedAt) + ms).toISOString();
  assert.equal((await call(`${urls.order}/orders/${orderId}?asOf=${at(-1)}`)).status, 404);
  assert.equal((await call(`${urls.order}/orders/${orderId}?asOf=${at(0)}`)).status, 200);
  const listed = await call<{ items: OrderView[] }>(`${urls.order}/orders`);
  assert.equal(listed.body.items[0]?.placedAt, placedAt);

  const sagaNow = async () => (await call<Saga>(`${urls['saga-orchestrator']}/sagas/${orderId}`)).body;
  const saga = await eventually('the saga runs', async () => {
    const seen = await sagaNow();
    return seen.status === 'running' ? seen : undefined;
  });
  assert.equal(saga.overdue, false);
  const untilDeadline = Date.parse(saga.deadline ?? '') - Date.now();
  assert.ok(untilDeadline > 0 && untilDeadline <= DEADLINE_MS, saga.deadline);
  const overdue = await call<{ items: Saga[] }>(`${urls['saga-orchestrator']}/sagas?overdue=true`);
  assert.deepEqual(overdue.body.items, []);
  // Nobody answers at the provider's: the step times out, and not before its time.
  await eventually('it turns back', async () => (await sagaNow()).status !== 'running', { withinMs: 30_000 });
  assert.ok(Date.now() >= Date.parse(saga.deadline ?? ''));
}

describe('time', () => {
  const environment = { STEP_DEADLINE_MS: String(DEADLINE_MS) };
  for (const zone of ['America/New_York', 'Asia/Tokyo']) {
    it(`is told alike where the server's zone is ${zone}`, async () => {
      const prepare = (url: string) =>
        setOn(url, { TimeZone: zone, DateStyle: 'SQL, DMY', search_path: 'elsewhere' });
      const services = await startServices({ prepare, environment });
      await tellsOneTruth(services).finally(() => services.stop());
    });
  }
  it('is told alike where the address of the database asks for a zone', async () => {
    const services = await startServices({ seenAs: (url) => addressed(url, 'Asia/Tokyo'), environment });
    await tellsOneTruth(services).finally(() => services.stop());
  });
});
