import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import {
  call,
  eventually,
  expect,
  kill,
  orderBody,
  restart,
  shop,
  someSku,
  stack,
  test,
} from '../support/story.ts';
import { kafkaOf } from '../../tools/stack/state.ts';

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
    ['wrong-topic', orderId, own({ type: 'OrderPlaced', data: { orderId } })],
    ['wrong-source', orderId, own({})],
  ];
  const before = await deadLetters();
  await sendRecords(
    kafkaOf(stack(), 'attacker'),
    cases.map(([, key, value]) => ({ topic: 'inventory.commands', key, value, headers: {} })),
  );
  const parked = await eventually('all of them are parked', async () => {
    const items = (await deadLetters()).filter(({ id }) => !before.some((old) => old.id === id));
    return items.length >= cases.length && items;
  });
  expect(parked.map(({ reason }) => reason).sort()).toEqual(cases.map(([reason]) => reason).sort());
  const half = parked.find(({ reason, offset }) => reason === 'not-json' && offset !== undefined);
  const shown = await call<{ valueBase64: string | null; topic: string }>(
    `${shop.urls.inventory}/dead-letters/${half?.id}`,
  );
  expect(shown.body.topic).toBe('inventory.commands');

  const { orderId: good } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  expect((await shop.ended(good)).status).toBe('CONFIRMED');
});

test("events of types that are not ours, with a running order's key: ignored, whatever else they are, and the order can be cancelled", async () => {
  await kill('payment');
  const { orderId: running } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  await eventually(
    'it waits for the payment',
    async () => (await shop.saga(running)).steps?.at(-1)?.name === 'process-payment',
  );
  const foreign = {
    specversion: '1.0',
    id: 'f-1',
    source: 'https://loyalty.example',
    type: 'LoyaltyPointsGranted',
  };
  const values = [
    JSON.stringify({ ...foreign, datacontenttype: 'application/json; charset=utf-8', data: {} }),
    JSON.stringify({ ...foreign, subject: 'somebody', time: 'soon', hops: 'many', data_base64: '/w==' }),
  ];
  const binary = {
    ce_specversion: '1.0',
    ce_id: 'f-2',
    ce_source: 'https://loyalty.example',
    ce_type: 'LoyaltyPointsGranted',
  };
  await sendRecords(
    kafkaOf(stack(), 'stranger'),
    ['order.events', 'inventory.events', 'payment.events'].flatMap((topic) => [
      ...values.map((value) => ({ topic, key: running, value, headers: {} })),
      {
        topic,
        key: running,
        value: Buffer.from([0xff, 0x00]),
        headers: { 'content-type': 'application/avro', ...binary },
      },
    ]),
  );
  expect((await shop.cancel(running)).status).toBe(202);
  await restart('payment');
  expect(await shop.ended(running)).toMatchObject({ status: 'CANCELLED' });
  for (const service of ['notification', 'saga-orchestrator', 'order'] as const) {
    const { items } = (
      await call<{ items: DeadLetter[] }>(`${shop.urls[service]}/dead-letters?key=${running}`)
    ).body;
    expect(items, service).toEqual([]);
  }
});

type DeadLetter = { id: string; reason: string; offset: string };
const deadLetters = async () =>
  (await call<{ items: DeadLetter[] }>(`${shop.urls.inventory}/dead-letters?limit=200`)).body.items;
