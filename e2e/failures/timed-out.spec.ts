/** A step that times out, in a stack of its own where every step may take two seconds. */
import { orderBody } from '@order-saga/tools/shop/client';
import { urlOf } from '../../tools/stack/state.ts';
import { type OwnStack, ownStack } from '../support/own-stack.ts';
import { endedStory, expectSteps } from '../support/console.ts';
import { AWAY_MS, underLoad } from '../support/load.ts';
import { circuitOpen } from '../support/metrics.ts';
import { pastedOrder } from '../support/pasted.ts';
import { eventually, expect, test } from '../support/story.ts';

const DEADLINE_MS = 2_000;

let own: OwnStack;
let shop: OwnStack['shop'];
let stack: OwnStack['stack'];

test.beforeAll(async () => {
  own = await ownStack('timed-out', { STEP_DEADLINE_MS: String(DEADLINE_MS) });
  ({ shop, stack } = own);
});
test.afterAll(() => own.remove());

test('who has brought up a stack is told where to see orders, and a line that places one when it is pasted', async () => {
  const page = urlOf(own.state(), 'console');
  expect(own.said).toContain(`See every order: ${page}`);
  const { orderId, correlationId } = await pastedOrder(own.said);
  expect((await endedStory(own.state(), correlationId)).orderId).toBe(orderId);
});

test('a provider that charges and answers too late: refunded, released, rejected, net zero', async () => {
  const sku = 'SKU-0007';
  const before = await shop.stock(sku);
  const { orderId, correlationId } = await shop.placed(orderBody([{ sku, quantity: 2 }], 'tok_timeout'));
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'no-answer' });
  const saga = await shop.sagaEnded(orderId);
  const story = await endedStory(own.state(), correlationId);
  await expectSteps(shop, orderId, story);
  expect(story.told).toMatch(/payment did not answer in time, so € [\d.]+ was refunded/);
  expect(saga).toMatchObject({ status: 'compensated', why: { kind: 'silent' } });
  expect(saga.steps.map(({ name, status }) => [name, status])).toEqual([
    ['reserve-inventory', 'undone'],
    ['process-payment', 'undone'],
  ]);
  const [reserve, pay] = saga.steps;
  expect(Date.parse(pay?.undo?.endedAt ?? '')).toBeLessThanOrEqual(Date.parse(reserve?.undo?.sentAt ?? ''));
  expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
  expect(await shop.payment(orderId)).toMatchObject({ status: 'REFUNDED', charges: 1, refunds: 1 });
  expect(await shop.stock(sku)).toMatchObject({
    available: before.available,
    reserved: 0,
    sold: before.sold,
  });
});

test('an inventory that is away longer than the deadline: the order is rejected, and nothing is held when it is back', async () => {
  const sku = 'SKU-0008';
  const before = await shop.stock(sku);
  await stack('kill', 'inventory');
  const { orderId } = await shop.placed(orderBody([{ sku, quantity: 1 }]));
  await eventually('the saga turned back', async () => (await shop.saga(orderId)).status === 'compensating');
  await stack('restart', 'inventory');
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'no-answer' });
  await shop.sagaEnded(orderId);
  expect(await shop.stock(sku)).toMatchObject({
    available: before.available,
    reserved: 0,
    sold: before.sold,
  });
  expect(await shop.ledger(orderId)).toEqual([]);
});

test('a payment that is away longer than the deadline: the order is rejected, and no money moves when it is back', async () => {
  await stack('kill', 'payment');
  const { orderId } = await shop.placed(orderBody([{ sku: 'SKU-0010', quantity: 1 }]));
  await eventually('it is undone', async () => (await shop.saga(orderId)).status === 'compensating', {
    withinMs: 30_000,
  });
  await stack('restart', 'payment');
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'no-answer' });
  await shop.sagaEnded(orderId);
  // The charge and its undo lie there together: what was not started is cancelled.
  expect(await shop.ledger(orderId)).toEqual([]);
  expect(await shop.payment(orderId)).toMatchObject({ charges: 0, refunds: 0 });
});

test('a provider that fails for longer than the deadline: what nobody asked it about is rejected meanwhile, and never charged', async () => {
  const place = async () => (await shop.placed(orderBody([{ sku: 'SKU-0011', quantity: 1 }]))).orderId;
  await shop.setFaults({ failing: true });
  const asked: string[] = [];
  await eventually('calls are held back', async () => {
    asked.push(await place());
    return circuitOpen(shop);
  });
  // Now and then one of them is tried all the same: never more than three before the deadline.
  const waiting = await Promise.all(Array.from({ length: 6 }, place));
  const rejected = async () => {
    const seen = await Promise.all(waiting.map((orderId) => shop.order(orderId)));
    return seen.flatMap(({ orderId, status, reason }) =>
      status === 'REJECTED' && reason === 'no-answer' ? [orderId] : [],
    );
  };
  const meanwhile = await eventually('three are rejected', async () => {
    const found = await rejected();
    return found.length >= 3 && found;
  });
  expect(await circuitOpen(shop), 'the provider still fails').toBe(true);
  await shop.setFaults({});
  for (const orderId of [...asked, ...waiting]) expect((await shop.ended(orderId)).status).toBe('REJECTED');
  for (const orderId of meanwhile) expect(await shop.ledger(orderId)).toEqual([]);
});

test('an orchestrator that is away past the deadline rejects nothing by that: the answers lie there and are read first', async () => {
  const place = async () => (await shop.placed(orderBody([{ sku: 'SKU-0009', quantity: 1 }]))).orderId;
  const ids = await Promise.all(Array.from({ length: 200 }, place)); // reading what lies there takes a while
  await stack('kill', 'saga-orchestrator');
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS * 2)); // longer than any step's deadline
  await stack('restart', 'saga-orchestrator');
  for (const orderId of ids) expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
});

test('a provider that answers after the deadline for a while, under load: every order ends, and nothing is kept of those that were undone', async () => {
  test.setTimeout(180_000 + AWAY_MS * 2);
  const { accepted } = await underLoad(
    async () => {
      // Well past the deadline: a step is judged to have timed out only once the orchestrator has been caught
      // up for a while.
      await shop.setFaults({ slowMs: DEADLINE_MS * 4 });
      await new Promise((resolve) => setTimeout(resolve, Math.max(DEADLINE_MS * 2, AWAY_MS)));
      await shop.setFaults({});
    },
    { everyMs: 100, on: own },
  );
  const timedOut = await Promise.all(
    accepted.map(async (orderId) => (await shop.order(orderId)).reason === 'no-answer'),
  );
  expect(timedOut.filter(Boolean).length, 'some had to be undone').toBeGreaterThan(0);
});
