/**
 * Volumes of the release before, on which one role owned each database, Kafka let in whoever came, nobody had
 * tokens, and orders said whom they were for: today's `up` makes them good, and the order that was under way
 * ends. In a project of its own.
 */
import { expect, test } from '@playwright/test';
import { CONTACT, call, orderBody, type Shop } from '@order-saga/tools/shop/client';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import { databaseOf, kafkaOf, ROOT, type StackState } from '../../tools/stack/state.ts';
import { leaveBehind, type OrderOfThen } from '../../tools/test/release-before.ts';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { ownContainers } from '../support/own-containers.ts';

const own = ownContainers('before');
const OF_THEN = ['--project-directory', ROOT, '--file', 'e2e/containers/release-before.yml'];
const superuser = `postgres://postgres:of-the-release-before@127.0.0.1:${own.portOf('POSTGRES_PORT')}/postgres`;

let order: OrderOfThen;
let state: StackState;
let shop: Shop;

test.setTimeout(120_000);
test.beforeAll(async () => {
  test.setTimeout(420_000);
  await own.compose(...OF_THEN, 'up', '--detach', '--wait');
  const kafka = { brokers: [`127.0.0.1:${own.portOf('KAFKA_PORT')}`], clientId: 'then' };
  order = await leaveBehind(superuser, kafka);
  await own.compose(...OF_THEN, 'stop');

  await own.up();
  state = await own.state();
  shop = await own.shop();
});
test.afterAll(() => own.remove());

test('the order that was under way ends; whom it is for is told, is in no history, and can be forgotten', async () => {
  const { orderId, customerId } = order;
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  await eventually('the mail is sent', async () => {
    const sent = await shop.notifications(orderId);
    return sent.some(({ kind, to }) => kind === 'order-confirmed' && to === CONTACT.email);
  });
  const history = await queryAt<{ data: object }>(
    databaseOf(state, 'order'),
    `select data from order_events where order_id = $1 and type = 'OrderPlaced'`,
    [orderId],
  );
  expect(history).toHaveLength(1);
  expect(history[0]?.data).not.toHaveProperty('contact');

  const personalData = `${shop.urls.order}/customers/${customerId}/personal-data`;
  const held = async () => (await call<{ items: object[] }>(personalData)).body.items;
  expect(await held()).toMatchObject([{ orderId, contact: CONTACT }]);
  expect((await call(personalData, { method: 'DELETE' })).status).toBe(202);
  await eventually('nothing is held', async () => (await held()).length === 0);
  await eventually('nor where mails are sent', async () => {
    const sent = await shop.notifications(orderId);
    return sent.length > 0 && sent.every(({ to }) => to !== CONTACT.email);
  });
});

test('the passwords of then are of no use, and the role that works can change no history and no table', async () => {
  await expect(queryAt(superuser, 'select 1')).rejects.toThrow(/password authentication failed/);
  for (const text of ['update order_events set time = now()', 'create table mine (id int)'])
    await expect(queryAt(databaseOf(state, 'order'), text)).rejects.toThrow(/permission denied/);
});

test('Kafka asks who comes, and has the topic that is new', async () => {
  const payment = kafkaOf(state, 'e2e', 'payment');
  await expect(asksKafka({ ...payment, sasl: undefined })).rejects.toThrow();
  expect(await asksKafka(payment)).not.toContain('order.contacts');
  expect(await asksKafka(kafkaOf(state, 'e2e', 'notification'))).toContain('order.contacts');
});

test('the services ask for tokens of a provider that was not there, and an order goes through', async () => {
  expect((await fetch(`${shop.urls.order}/orders/${order.orderId}`)).status).toBe(401);
  const { orderId } = await shop.placed(orderBody([{ sku: 'SKU-0002', quantity: 1 }]));
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
});
