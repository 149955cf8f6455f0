import { sendRecords } from '@order-saga/messaging/kafka/send';
import { call, eventually, expect, orderBody, shop, someSku, stack, test } from '../support/story.ts';
import { brokersOf } from '../../tools/stack/state.ts';

const orderId = '01900000-0000-7000-8000-00000000dead';
const envelope = {
  specversion: '1.0',
  id: 'poison-1',
  source: '/attacker',
  type: 'ReserveInventory',
  subject: orderId,
  time: '2026-01-01T00:00:00Z',
  correlationid: 'poison',
  sequence: '0000000001',
  hops: 0,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  data: { orderId, lines: [{ sku: 'SKU-0001', quantity: 1 }] },
};

test('what can never succeed is parked with its reason and raw bytes, and its neighbours go on', async () => {
  const brokers = brokersOf(stack());
  const mark = `mark-${Date.now()}`;
  const own = (change: object) => JSON.stringify({ ...envelope, id: `${mark}-${Math.random()}`, ...change });
  const cases: [string, string | null, string | Buffer | null][] = [
    ['not-json', orderId, `{"${mark}`],
    ['not-json', orderId, null],
    ['not-json', orderId, Buffer.from([0, 255, 254])],
    ['not-an-envelope', orderId, `{"x":"${mark}"}`],
    ['schema-invalid', orderId, own({ data: { orderId, lines: [] } })],
    ['unknown-command', orderId, own({ type: 'EatInventory' })],
    ['key-is-not-subject', 'another', own({})],
    ['key-is-not-subject', null, own({})],
    ['too-many-hops', orderId, own({ hops: 65 })],
  ];
  const before = await letters();
  await sendRecords(
    { brokers, clientId: 'attacker' },
    cases.map(([, key, value]) => ({ topic: 'inventory.commands', key, value, headers: {} })),
  );
  const parked = await eventually('all of them are parked', async () => {
    const items = (await letters()).filter(({ id }) => !before.some((old) => old.id === id));
    return items.length >= cases.length && items;
  });
  expect(parked.map(({ reason }) => reason).sort()).toEqual(cases.map(([reason]) => reason).sort());
  const half = parked.find(({ reason, offset }) => reason === 'not-json' && offset !== undefined);
  const shown = await call<{ valueBase64: string | null; topic: string }>(`${shop.urls.inventory}/dead-letters/${half?.id}`);
  expect(shown.body.topic).toBe('inventory.commands');

  const { orderId: good } = (await shop.place(orderBody([{ sku: someSku(), quantity: 1 }]))).body;
  expect((await shop.ended(good)).status).toBe('CONFIRMED');
});

type Letter = { id: string; reason: string; offset: string };
const letters = async () => (await call<{ items: Letter[] }>(`${shop.urls.inventory}/dead-letters?limit=200`)).body.items;
