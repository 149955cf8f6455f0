import { expect, holdBack, isAccessible, test, told } from './page.ts';

/** These run against a stack too: CONSOLE_URL. */
test('an order is placed in the shop, and its story is seen to the end as it happens', async ({ page }) => {
  await page.goto('/shop');
  await page
    .getByRole('button', { name: /^One .* more$/ })
    .first()
    .click();
  await page.getByRole('radio', { name: /tok_visa/ }).check();
  await isAccessible(page);
  await page.getByRole('button', { name: 'Place the order' }).click();
  await expect(page).toHaveURL(/\/stories\//);
  await expect(told(page, 'The stock was reserved, the card was charged')).toBeVisible();
  await expect(told(page, 'A mail told the customer.')).toBeVisible();
  await expect(page.getByText('ended', { exact: true })).toBeVisible();
  // They come after the end, when the page listens no more.
  await expect(page.getByText(/^\d+ spans in 1 trace/)).toBeVisible();
  await isAccessible(page);
  await page.getByRole('link', { name: 'Shop' }).click();
  await expect(
    page.getByRole('region', { name: 'Placed in this browser' }).getByText('Confirmed'),
  ).toBeVisible();
});

test('what happens before the stream is open is seen too', async ({ page }) => {
  const letThrough = await holdBack(page, /\/api\/stream\?story=/);
  await page.goto('/');
  await page.getByRole('button', { name: /^A good card/ }).click();
  await expect(page).toHaveURL(/\/stories\//);
  const story = `/api${new URL(page.url()).pathname}`;
  const now = async () => (await (await page.request.get(story)).json()) as { ended?: boolean };
  await expect.poll(async () => (await now()).ended).toBe(true);
  letThrough();
  await expect(told(page, 'A mail told the customer.')).toBeVisible();
});

test('what happens while the first answer is on its way is seen too', async ({ page, context }) => {
  let letThrough = () => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  let first = true;
  await page.route(/\/api\/stories\?kind=order/, async (route) => {
    if (!first) return route.continue();
    first = false;
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await page.goto('/');
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  const other = await context.newPage();
  await other.goto('/');
  await other.getByRole('button', { name: /^A good card/ }).click();
  await expect(told(other, 'A mail told the customer.')).toBeVisible();
  letThrough();
  await expect(page.locator(`a[href="${new URL(other.url()).pathname}"]`)).toBeVisible();
});

test('a declined card is one press away, and the undo is seen', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: /^A declined card/ }).click();
  await expect(told(page, 'so the reservation was given back and the order was rejected')).toBeVisible();
  await expect(told(page, 'Nothing was charged.')).toBeVisible();
  await expect(page.getByRole('region', { name: /Saga place-order/ }).getByText('released')).toBeVisible();
  await isAccessible(page);
});

test('more than there is ends at the first step', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: /^More than there is/ }).click();
  await expect(told(page, 'There was not enough stock')).toBeVisible();
  await isAccessible(page);
});

test('two presses are one order', async ({ page }) => {
  const keys: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
  });
  await page.goto('/shop');
  await page
    .getByRole('button', { name: /^One .* more$/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Place the order' }).dblclick();
  await expect(page).toHaveURL(/\/stories\//);
  expect(new Set(keys).size).toBe(1);
});

test('a refusal of the shop is said where it is, in its own words', async ({ page }) => {
  await page.route('**/api/shop/orders', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      json: {
        type: 'about:blank',
        title: 'The order does not fit',
        status: 422,
        detail: 'See errors.',
        errors: [{ field: 'lines.0.sku', message: 'is not sold' }],
      },
    }),
  );
  await page.goto('/shop');
  await page
    .getByRole('button', { name: /^One .* more$/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Place the order' }).click();
  await expect(page.getByRole('alert').getByText('The order does not fit')).toBeVisible();
  await expect(page.getByText('is not sold')).toBeVisible();
  await isAccessible(page);
});

test('the list of the overview moves by itself, and stands still under the pointer', async ({
  page,
  context,
}) => {
  await page.goto('/');
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  const list = page.getByRole('region', { name: 'Stories, newest first' });
  const other = await context.newPage();
  await list.getByRole('link').nth(2).hover();
  await other.goto('/');
  await other.getByRole('button', { name: /^A good card/ }).click();
  await expect(told(other, 'A mail told the customer.')).toBeVisible();
  await page.bringToFront();
  await list.getByRole('link').nth(2).hover();
  await expect(list.getByRole('button', { name: /\d+ new/ })).toBeVisible();
  await page.mouse.move(0, 0);
  await expect(list.getByRole('button', { name: /\d+ new/ })).toHaveCount(0);
});
