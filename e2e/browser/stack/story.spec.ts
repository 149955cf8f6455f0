/** Orders that really go through the services, seen in the page. */
import { eventually, shop } from '../../support/story.ts';
import { cancelOrder, expect, isAccessible, type Page, standsAt, test, told } from '../page.ts';
import { ended, messageOf, placedInPage, storyOf, write } from './orders.ts';

const UNDONE_WITHIN = { timeout: 60_000 };
const sagaIn = (page: Page) => page.getByRole('region', { name: /Saga place-order/ });
const isOver = (page: Page) => expect(page.getByText('ended', { exact: true })).toBeVisible(UNDONE_WITHIN);

test('a declined card: sentence, steps, lanes, spans, and what the services say now agree', async ({
  page,
}) => {
  const { correlationId } = await ended('tok_declined');
  await page.goto(`/stories/${correlationId}`);
  await expect(told(page, 'Nothing was charged.')).toBeVisible();
  await expect(sagaIn(page)).toMatchAriaSnapshot(`
    - region "Saga place-order v1":
      - list:
        - listitem:
          - button "OrderPlaced"
        - listitem:
          - button "reserve-inventory"
          - strong: reserved
          - button "ReleaseInventory"
          - strong: released
        - listitem:
          - button "process-payment"
          - strong: declined
        - listitem: point of no return
        - listitem:
          - strong: never sent
        - listitem:
          - strong: never sent
        - listitem:
          - button "RejectOrder"
          - strong: rejected
  `);
  await expect(page.getByRole('button', { name: /^PaymentDeclined, refusal, of payment/ })).toBeVisible();
  await expect(page.getByText(/^\d+ spans in 1 trace/)).toBeVisible();
  const results = page.getByRole('region', { name: 'Money, stock, mail' });
  await expect(results.getByText(/^DECLINED/)).toBeVisible();
  await expect(results.getByText(/0 charges, 0 refunds, 1 declined/)).toBeVisible();
  await expect(results.getByText('given back')).toBeVisible();
  await isAccessible(page);
});

test('a provider that falls silent: its time runs out in view, then all is undone and the charge refunded', async ({
  page,
}) => {
  await page.goto('/');
  await page.getByRole('button', { name: /^A silent provider/ }).click();
  await expect(sagaIn(page).getByText(/ s left$/)).toBeVisible();
  await expect(told(page, 'payment did not answer in time')).toBeVisible(UNDONE_WITHIN);
  await expect(sagaIn(page).getByText('refunded')).toBeVisible(UNDONE_WITHIN);
  await isOver(page);
  await expect(page.getByText(/1 charge, 1 refund, 0 declined/)).toBeVisible();
  await isAccessible(page);
});

test('an order is cancelled in the page while it waits, and what was done is undone', async ({ page }) => {
  await placedInPage(page);
  await cancelOrder(page);
  await expect(page.getByText('because its cancellation was asked for')).toBeVisible();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible(UNDONE_WITHIN);
  await isAccessible(page);
});

test('an order is cancelled after it was confirmed: a second saga, below the first', async ({ page }) => {
  const { correlationId } = await ended();
  await page.goto(`/stories/${correlationId}`);
  await cancelOrder(page);
  await expect(page.getByRole('heading', { level: 2, name: /^Saga/ })).toHaveText(
    [/place-order/, /cancel-order/],
    UNDONE_WITHIN,
  );
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible(UNDONE_WITHIN);
  await isAccessible(page);
});

test('any id finds the story, whole or by its last eight characters, with the keyboard alone', async ({
  page,
}) => {
  const { orderId, correlationId, traces, sagas, events } = await ended();
  const message = events.find(({ type }) => type === 'PaymentProcessed')?.id ?? '';
  const ids = { orderId, correlationId, message, trace: traces[0] ?? '', saga: sagas[0]?.sagaId ?? '' };
  const look = async (q: string) => {
    await expect(page.getByRole('heading', { level: 1, name: 'Shop' })).toBeVisible();
    await page.keyboard.press('/');
    await page.keyboard.type(q);
    await page.keyboard.press('Enter');
  };
  await page.goto('/shop');
  for (const [kind, id] of Object.entries(ids))
    for (const q of [id, id.slice(-8)]) {
      await look(q);
      await expect(page, `${kind} ${q}`).toHaveURL(new RegExp(`/stories/${correlationId}`));
      await page.goto('/shop');
    }
  await look('ffffffff');
  await expect(page.getByText('Nothing has the id ffffffff')).toBeVisible();
  await isAccessible(page);
});

test('a record that Kafka has twice is shown, and who dropped it', async ({ page }) => {
  const order = await ended();
  const reserved = await messageOf('inventory.events', 'InventoryReserved', order.orderId);
  await write('inventory.events', reserved);
  const again = async () => (await storyOf(order)).events.find(({ id }) => id === reserved.id);
  await eventually('it is there twice, and was dropped', async () => {
    const { copies = [], readers = [] } = (await again()) ?? {};
    return copies.length === 1 && readers.some(({ did }) => did === 'duplicate');
  });
  await page.goto(`/stories/${order.correlationId}?view=list`);
  const row = page.getByRole('button', { name: /^InventoryReserved/ });
  await expect(row.getByText('delivered twice')).toBeVisible();
  await row.click();
  const detail = page.getByRole('region', { name: 'InventoryReserved' });
  await expect(detail.getByText('and again @')).toBeVisible();
  await expect(detail.getByText('dropped the second copy as a duplicate')).toBeVisible();
  await expect(told(page, 'the card was charged')).toBeVisible();
  await isAccessible(page);
});

test('hostile content of a topic is text, and cut', async ({ page }) => {
  const order = await ended();
  const message = await messageOf('order.events', 'OrderPlaced', order.orderId);
  const data = {
    script: '<script>window.owned = 1</script>',
    image: '<img src=x onerror="window.owned = 1">',
    nothing: 'a\u0000b',
    reversed: '\u202Eright to left',
    long: 'x'.repeat(150_000),
    deep: [[[[[[[[['deep']]]]]]]]],
  };
  const hostile = { ...message, id: crypto.randomUUID(), type: 'Strange<b>Event</b>', data };
  await write('order.events', hostile);
  await eventually('the console has read it', async () =>
    (await storyOf(order)).events.some(({ id }) => id === hostile.id),
  );
  await page.goto(`/stories/${order.correlationId}?view=list&event=${hostile.id}`);
  await expect(page.getByRole('heading', { level: 3, name: 'Strange<b>Event</b>' })).toBeVisible();
  await page.getByRole('button', { name: 'Payload' }).click();
  await expect(page.getByText('<script>window.owned = 1</script>').first()).toBeVisible();
  expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  await isAccessible(page);
});

test('a story is stepped through by its URL, and is told as it was', async ({ page }) => {
  const { correlationId } = await ended('tok_declined');
  await page.goto(`/stories/${correlationId}?at=1`);
  await expect(told(page, 'No saga has taken it up yet.')).toBeVisible();
  await page.getByRole('button', { name: 'One message forward' }).click();
  await expect(page).toHaveURL(/at=2$/);
  await page.getByRole('slider', { name: 'Message' }).fill('6');
  await expect(told(page, 'Payment was asked (ProcessPayment) and has not answered yet.')).toBeVisible();
  await page.reload();
  await expect(standsAt(page, /^6 of \d+$/)).toBeVisible();
  await isAccessible(page);
});

async function tabTo(page: Page, target: ReturnType<Page['getByRole']>): Promise<void> {
  const isThere = () => target.evaluate((element) => element === document.activeElement);
  for (let n = 0; n < 150 && !(await isThere()); n++) await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
}

test('by keyboard alone: from the shop to the story, to a cause and an effect', async ({ page }) => {
  await page.goto('/shop');
  const more = page.getByRole('button', { name: /^One .* more$/ }).first();
  await expect(more).toBeVisible();
  await tabTo(page, more);
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('radio', { name: /tok_visa/ }));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /tok_declined/ })).toBeChecked();
  await tabTo(page, page.getByRole('button', { name: 'Place the order' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: /^Order/ })).toBeFocused();
  await expect(page.getByRole('button', { name: /^PaymentDeclined, refusal/ })).toBeVisible();
  await isOver(page);
  await tabTo(page, page.getByRole('button', { name: /^OrderPlaced, event/ }));
  await page.keyboard.press('e');
  await expect(
    page.getByRole('heading', { level: 3, name: /^(ContactProvided|SagaStarted|ReserveInventory)$/ }),
  ).toBeVisible();
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { level: 3, name: 'OrderPlaced' })).toBeVisible();
  await isAccessible(page);
});

test('an order that was cancelled too late is left as it is, in the words of the service', async ({
  page,
}) => {
  const { orderId } = await placedInPage(page);
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeVisible();
  // The page does not hear of it.
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  expect((await shop.ended(orderId)).status).toBe('REJECTED');
  await cancelOrder(page);
  await expect(page.getByRole('alert')).toBeVisible();
  await isAccessible(page);
});
