/** What the page asks and says before something is done, and where it is not as it seems. */
import type { Overview, Story } from '@order-saga/console/api';
import {
  expect,
  fitsItsWidth,
  holdBack,
  isAccessible,
  isRecorded,
  type Page,
  storyWith,
  test,
  told,
} from './page.ts';

test.skip(!isRecorded, 'told of recorded stories');

const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 320 },
] as const;

async function looksGood(page: Page): Promise<void> {
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    await isAccessible(page);
    await fitsItsWidth(page);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function goodOrder(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: /^A good card/ }).click();
  await expect(told(page, 'A mail told the customer.')).toBeVisible();
}

test('cancelling is asked back once, in place, with what it undoes; by keyboard, and the focus is not lost', async ({
  page,
}) => {
  await goodOrder(page);
  const opener = page.getByRole('button', { name: 'Cancel order' });
  const question = page.getByRole('group', { name: 'Cancel this order?' });
  await opener.focus();
  await page.keyboard.press('Enter');
  await expect(question).toContainText(
    /^Cancel this order\?Undone: € [\d.]+ refunded, 1 × .+ returned to stock\./,
  );
  await expect(question).toContainText('A cancellation cannot be taken back.');
  await expect(page.getByRole('button', { name: 'Keep the order' })).toBeFocused();
  await looksGood(page);
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  await expect(opener).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Cancel it for good' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Order cancelled' })).toBeFocused();
  await expect(told(page, /Then its cancellation was asked for, so € [\d.]+ was refunded/)).toBeVisible();
  await isAccessible(page);
});

test('who may only look sees why before pressing, and how one becomes somebody who may', async ({ page }) => {
  await goodOrder(page);
  const story = page.url();
  await page.getByRole('combobox', { name: 'Signed in as' }).selectOption('viewer');
  const cancel = page.getByRole('button', { name: 'Cancel order' });
  await expect(cancel).toHaveAttribute('aria-disabled', 'true');
  await expect(cancel).toHaveAccessibleDescription(/^viewer may not cancel orders\. An operator may/);
  await cancel.click({ force: true });
  await expect(page.getByRole('group', { name: 'Cancel this order?' })).toHaveCount(0);
  await fitsItsWidth(page);
  for (const [address, name] of [
    ['/', /^A good card/],
    ['/shop', 'Place the order'],
    ['/shop', 'Place 50 mixed orders'],
  ] as const) {
    await page.goto(address);
    await expect(page.getByRole('button', { name })).toHaveAccessibleDescription(
      /^viewer may not place orders\./,
    );
  }
  await looksGood(page);
  await page.goto(story);
  await page.getByRole('combobox', { name: 'Signed in as' }).selectOption('operator');
  await expect(cancel).not.toHaveAttribute('aria-disabled');
});

test('a refusal that comes all the same is said in words of the page', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Last 15 minutes' })).toBeVisible();
  // Somebody has signed in as another in another tab.
  await page.context().addCookies([{ name: 'who', value: 'viewer', url: page.url() }]);
  await page.getByRole('button', { name: /^A good card/ }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('The account that is signed in may not do that');
  await expect(alert).not.toContainText('scope');
  await isAccessible(page);
});

test('a console that catches up says so where a story could be misread', async ({ page }) => {
  let behindSeconds = 42;
  await page.route('**/api/model/reading', (route) =>
    route.fulfill({ json: { state: behindSeconds > 0 ? 'catching-up' : 'current', behindSeconds } }),
  );
  const heard = page.getByRole('status').filter({ hasText: 'Catching up' });
  await page.goto('/');
  await expect(page.getByText('Catching up, 42 s behind: newer orders are not counted yet.')).toBeVisible();
  await expect(heard).toHaveCount(1);
  // From here it is known before the story is there, and said all the same.
  await page.locator('main a[href^="/stories/"]').first().click();
  await expect(
    page.getByText('Catching up, 42 s behind: spans, and what the services say now'),
  ).toBeVisible();
  await expect(heard).toHaveCount(1);
  await looksGood(page);
  behindSeconds = 0;
  await expect(page.getByText('Catching up, 42 s behind')).toHaveCount(0);
  await expect(heard, 'what is over is not read out any more').toHaveCount(0);
});

test('fifty mixed orders are placed one after the other, can be stopped, and are found', async ({ page }) => {
  await page.goto('/shop');
  const part = page.getByRole('region', { name: '50 orders, mixed' });
  await part.getByRole('button', { name: 'Place 50 mixed orders' }).click();
  await expect(part.getByText(/^([5-9]|1\d) of 50 orders placed\.$/)).toBeVisible();
  await part.getByRole('button', { name: 'Stop' }).click();
  await expect(
    part.getByText(/^Stopped: \d+ of 50 orders placed\. What was placed goes on\.$/),
  ).toBeVisible();
  await expect(part.getByText(/^\d+ with a good card, \d with a card that is declined/)).toBeVisible();
  await part.getByText('Each of them').click();
  await looksGood(page);
  await part.getByRole('region').or(part.getByRole('listitem')).first().getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: /^Order/ })).toBeVisible();
  await page.goBack();
  // It is as it was left.
  await expect(part.getByText(/^Stopped: /)).toBeVisible();
  await part.getByRole('link', { name: 'Their stories' }).click();
  await expect(page).toHaveURL(/\/stories\?customer=customer-1&from=/);
});

test('keys that are pressed before the code of the page is here reach the search', async ({ page }) => {
  const letThrough = await holdBack(page, '**/assets/*.js');
  const id = await storyWith(page, 'reason=payment-declined');
  await page.goto('/shop', { waitUntil: 'commit' });
  await page.waitForFunction(() => 'earlyKeys' in window);
  await page.keyboard.type(`/${id.slice(-8)}`);
  letThrough();
  await expect(page.getByRole('searchbox', { name: /^Find by any id/ })).toHaveValue(id.slice(-8));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/stories/${id}`));
});

test('a page that comes late does not take the focus from who types', async ({ page }) => {
  const letThrough = await holdBack(page, '**/assets/shop-page*.js');
  await page.goto('/');
  await page.getByRole('link', { name: 'Shop', exact: true }).click();
  await page.keyboard.type('/abc');
  letThrough();
  await expect(page.getByRole('heading', { level: 1, name: 'Shop' })).toBeVisible();
  await page.keyboard.type('def');
  await expect(page.getByRole('searchbox', { name: /^Find by any id/ })).toHaveValue('abcdef');
});

test('an overview without any order reads well at every width', async ({ page }) => {
  await page.route('**/api/overview', async (route) => {
    const overview = (await (await route.fetch()).json()) as Overview;
    const { tookMs: _, ...rest } = overview;
    const none = { PENDING: 0, CONFIRMED: 0, REJECTED: 0, CANCELLED: 0 };
    const minutes = overview.minutes.map((minute) => ({ ...minute, placed: 0 }));
    const revenue = { ...overview.revenue, amount: 0 };
    const attention = { sagas: 0, parked: 0, overdue: 0, away: [], why: {} };
    await route.fulfill({
      json: { ...rest, orders: 0, byStatus: none, byReason: {}, revenue, minutes, attention },
    });
  });
  await page.route('**/api/stories?*', (route) =>
    route.fulfill({
      json: {
        items: [],
        counts: { PENDING: 0, CONFIRMED: 0, REJECTED: 0, CANCELLED: 0, other: 0, atLeast: false },
      },
    }),
  );
  await page.goto('/');
  const text = page.getByText(/^Press one of the buttons under/);
  await expect(text).toBeVisible();
  for (const width of [320, 768, 1280, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    await fitsItsWidth(page);
    // A sentence: its link stands in its line, not in one of its own.
    const lines = await text.evaluate((element) => {
      const { lineHeight } = getComputedStyle(element);
      return Math.round(element.getBoundingClientRect().height / parseFloat(lineHeight));
    });
    expect(lines, `at ${width} px`).toBeLessThanOrEqual(width < 400 ? 3 : 2);
  }
  await looksGood(page);
});

test('a story that is stepped back counts what it had by then', async ({ page }) => {
  const id = await storyWith(page, 'sagaStatus=needs-attention');
  const { events, more } = (await (await page.request.get(`/api/stories/${id}`)).json()) as Story;
  const rows = events.length;
  await page.goto(`/stories/${id}?at=${rows - 1}`);
  const facts = page.getByRole('definition');
  await expect(
    facts.filter({ hasText: `of ${more.messages}, in ${rows - 1} of ${rows} rows` }),
  ).toBeVisible();
  await expect(page.getByText(`${rows - 1} of ${rows}`, { exact: true })).toBeVisible();
});
