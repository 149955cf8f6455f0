/** What the console says of an order must be what the topics hold and what the services say. */
import { endedStory, expectCauses, expectSteps, inTopics, storyIn } from './support/console.ts';
import { eventually, expect, kill, orderBody, restart, shop, someSku, stack, test } from './support/story.ts';

/** There are three pieces of it, and nobody else here buys any: more than that leaves everything as it is. */
const RARE = 'SKU-0100';

const placed = (token: string, line = { sku: someSku(), quantity: 1 }) =>
  shop.placed(orderBody([line], token));

for (const [name, token, line, told] of [
  ['confirmed', 'tok_visa', undefined, /the order was confirmed and the stock was sold/],
  [
    'declined',
    'tok_declined',
    undefined,
    /declined \(card-declined\), so the reservation was given back.*Nothing was charged/,
  ],
  [
    'out of stock',
    'tok_visa',
    { sku: RARE, quantity: 4 },
    /not enough stock, so the order was rejected \(out-of-stock\)/,
  ],
] as const) {
  test(`the story of an order that is ${name} is all that the topics hold of it, cause by cause and step by step`, async () => {
    const { orderId, correlationId } = await placed(token, line);
    expect((await storyIn(stack(), correlationId, 3_000)).orderId, 'right after the 202').toBe(orderId);
    await shop.sagaEnded(orderId);
    const story = await endedStory(stack(), correlationId);
    expect(story.events.map(({ source, id }) => `${source} ${id}`).sort()).toEqual(
      await inTopics(stack(), correlationId),
    );
    expectCauses(story);
    await expectSteps(shop, orderId, story);
    expect(story.told).toMatch(told);
  });
}

test('the story of an order that is cancelled has two sagas, and tells both', async () => {
  const { orderId, correlationId } = await placed('tok_visa');
  await shop.sagaEnded(orderId);
  expect((await shop.cancel(orderId)).status).toBe(202);
  await eventually('it is cancelled', async () => (await shop.order(orderId)).status === 'CANCELLED');
  await shop.sagaEnded(orderId);
  const story = await endedStory(stack(), correlationId);
  expectCauses(story);
  await expectSteps(shop, orderId, story);
  expect(story.told).toMatch(
    /Then its cancellation was asked for, so € [\d.]+ was refunded, the stock was returned/,
  );
});

test('orders do not need the console: it is killed, and tells all of them when it is back', async () => {
  await kill('console');
  const orders = await Promise.all(['tok_visa', 'tok_declined', 'tok_visa'].map((token) => placed(token)));
  const ended = await Promise.all(orders.map(({ orderId }) => shop.ended(orderId)));
  expect(ended.map(({ status }) => status)).toEqual(['CONFIRMED', 'REJECTED', 'CONFIRMED']);
  await restart('console');
  for (const { correlationId, orderId } of orders) {
    const story = await endedStory(stack(), correlationId);
    expect(story.orderId).toBe(orderId);
  }
});
