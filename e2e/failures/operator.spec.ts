/**
 * What an operator does by hand to a saga that hangs: every request is safe, audited, and safe to repeat.
 */
import {
  actor,
  eventually,
  expect,
  kill,
  orderBody,
  restart,
  shop,
  someSku,
  test,
} from '../support/story.ts';

const waitsAt = (orderId: string, step: string) =>
  eventually(`the saga waits at ${step}`, async () => (await shop.saga(orderId)).steps.at(-1)?.name === step);

test('compensate: a saga that waits for a service is turned back, and ends when the service is back', async () => {
  const sku = someSku();
  const before = await shop.stock(sku);
  await kill('inventory');
  const { orderId } = await shop.placed(orderBody([{ sku, quantity: 1 }]));
  await waitsAt(orderId, 'reserve-inventory');

  // Its first answer is final, so it is sent once: nothing to do before the deadline.
  expect((await shop.operate(orderId, 'retry')).body).toMatchObject({ outcome: 'retry-not-needed' });
  expect((await shop.operate(orderId, 'compensate', {})).status).toBe(422);
  const turned = await shop.operate(orderId, 'compensate', { reason: 'the warehouse is on fire', by: 'ada' });
  expect([turned.status, turned.body.outcome]).toEqual([202, 'done']);
  expect((await shop.saga(orderId)).status).toBe('compensating');
  const twice = await shop.operate(orderId, 'compensate', { reason: 'again' });
  expect([twice.status, twice.body.outcome]).toEqual([202, 'compensate-while-undoing']);

  await restart('inventory');
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'stopped-by-operator' });
  await shop.sagaEnded(orderId);
  expect(await shop.stock(sku)).toMatchObject({
    available: before.available,
    reserved: 0,
    sold: before.sold,
  });
  expect(await shop.ledger(orderId)).toEqual([]);

  expect((await shop.operate(orderId, 'retry')).status).toBe(409);
  expect((await shop.operate(orderId, 'notes', { text: 'customer was called', by: 'ada' })).status).toBe(202);
  const { actions } = await shop.saga(orderId);
  expect(actions.map(({ by, action, outcome }) => [by, action, outcome])).toEqual([
    [actor('unknown'), 'retry', 'retry-not-needed'],
    [actor('ada'), 'compensate', 'done'],
    [actor('unknown'), 'compensate', 'compensate-while-undoing'],
    [actor('unknown'), 'retry', 'operator-after-end'],
    [actor('ada'), 'note', 'done'],
  ]);
});

test('past the point of no return a saga can only go on: compensate is refused in words, retry sends again', async () => {
  await kill('payment');
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  await waitsAt(orderId, 'process-payment');
  await kill('order');
  await restart('payment');
  await waitsAt(orderId, 'confirm-order');
  const refused = await shop.operate(orderId, 'compensate', { reason: 'too late' });
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain('point of no return');
  expect((await shop.operate(orderId, 'retry')).body).toMatchObject({ outcome: 'done' });
  expect((await shop.saga(orderId)).steps.at(-1)).toMatchObject({ name: 'confirm-order', attempts: 2 });
  await restart('order');
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  await shop.sagaEnded(orderId);
  expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge']);
});

test('an unknown order has no saga to act on', async () => {
  const { status, body } = await shop.operate('01900000-0000-7000-8000-00000000beef', 'retry');
  expect(status).toBe(404);
  expect(body.detail).toContain('no saga');
});
