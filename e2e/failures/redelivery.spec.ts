import { lagOf, resetOffsets } from '@order-saga/messaging/kafka/reset';
import { eventually, expect, kill, orderBody, restart, shop, someSku, stack, test } from '../support/story.ts';
import { brokersOf } from '../../tools/stack/state.ts';
import { GROUPS } from '../support/groups.ts';

test('every record delivered a second time changes nothing', async () => {
  const skus = [someSku(), someSku()];
  const ids = await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      const token = number % 4 === 0 ? 'tok_declined' : 'tok_visa';
      return (await shop.place(orderBody([{ sku: skus[number % 2] as string, quantity: 1 }], token))).body.orderId;
    }),
  );
  for (const orderId of ids) await shop.sagaEnded(orderId);
  for (const orderId of ids)
    await eventually('the customer is told', async () => (await shop.notifications(orderId)).length === 1);
  const picture = async () => ({
    orders: await Promise.all(ids.map((orderId) => shop.order(orderId))),
    sagas: await Promise.all(ids.map((orderId) => shop.saga(orderId))),
    payments: await Promise.all(ids.map((orderId) => shop.payment(orderId))),
    notifications: await Promise.all(ids.map((orderId) => shop.notifications(orderId))),
    ledger: await shop.ledger(),
    stock: await shop.allStock(),
  });
  const before = await picture();

  const connection = { brokers: brokersOf(stack()), clientId: 'operator' };
  for (const service of Object.keys(GROUPS)) await kill(service);
  await Promise.all(
    Object.entries(GROUPS).map(([group, topics]) =>
      // A killed member stays in its group until its session ends.
      eventually(`${group} has left its group`, () => resetOffsets(connection, group, topics).then(() => true), {
        withinMs: 60_000,
        everyMs: 500,
      }),
    ),
  );
  for (const service of Object.keys(GROUPS)) await restart(service);
  for (const [group, topics] of Object.entries(GROUPS)) {
    await eventually(`${group} has read everything again`, async () => (await lagOf(connection, group, topics)) === 0, {
      everyMs: 500,
    });
  }
  expect(await picture()).toEqual(before);
});
