/** The page as a whole, on a stack that works. */
import type { Model } from '../../../console/src/api-model.ts';
import { eventually, shop, stack } from '../../support/story.ts';
import { expect, fitsItsWidth, isAccessible, type Page, test } from '../page.ts';
import { consoleUrl, ended, placed, placedInPage } from './orders.ts';
import { startReadOnly } from './read-only.ts';

const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
] as const;

test('every page: light and dark, wide and narrow, and nothing from elsewhere', async ({ page, baseURL }) => {
  const { correlationId } = await ended('tok_declined');
  const foreign: string[] = [];
  // Whoever opens it first is sent to the identity provider, and comes back.
  const provider = stack().components.find(({ name }) => name === 'identity')?.url;
  page.on('request', (request) => {
    const signsIn = provider !== undefined && request.url().startsWith(`${provider}/`);
    if (signsIn ? !request.isNavigationRequest() : !request.url().startsWith(baseURL ?? ''))
      foreign.push(request.url());
  });
  for (const address of ['/', '/shop', '/stories', `/stories/${correlationId}`, '/find?q=ffffffff']) {
    await page.goto(address);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(page.getByText(/^Loading/)).toHaveCount(0);
    for (const { colorScheme, width } of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await isAccessible(page);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    await fitsItsWidth(page);
  }
  expect(foreign).toEqual([]);
});

/** As the browser does it when another tab comes before it. */
const show = (page: Page, state: 'visible' | 'hidden') =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

async function listeners(): Promise<number> {
  const text = await (await fetch(`${consoleUrl()}/metrics`)).text();
  return Number(/^order_saga_console_listeners (\d+)/m.exec(text)?.[1]);
}

test('ten tabs stay live: the one that is seen listens, the others hold no connection and look again when they are seen', async ({
  context,
}) => {
  const tabs: { tab: Page; orderId: string }[] = [];
  for (let n = 0; n < 10; n++) {
    for (const { tab } of tabs.slice(-1)) await show(tab, 'hidden');
    const tab = await context.newPage();
    const { orderId } = await placedInPage(tab);
    await expect(tab.getByText('live', { exact: true })).toBeVisible();
    tabs.push({ tab, orderId });
  }
  await expect.poll(listeners, { message: 'one listens' }).toBe(1);
  for (const { orderId } of tabs) await shop.sagaEnded(orderId);
  for (const { tab } of tabs) {
    await show(tab, 'visible');
    await expect(tab.getByText('ended', { exact: true })).toBeVisible();
    await expect(tab.getByText('Rejected', { exact: true })).toBeVisible();
  }
  await expect.poll(listeners, { message: 'nobody listens to what has ended' }).toBe(0);
  for (const { tab } of tabs.slice(0, 1)) await isAccessible(tab);
});

test('the read model is built again while orders come: no request fails, it is equal, and the page goes on', async ({
  page,
}) => {
  const model = async () => (await (await page.request.get('/api/model')).json()) as Model;
  const shown = (now: Model) => now.generations.find(({ state }) => state === 'active')?.id;
  const before = shown(await model());
  await page.goto('/');
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  const begun = await page.request.post('/api/model/rebuild', { data: {} });
  expect(begun.status()).toBe(202);
  const statuses = new Set<number>();
  await eventually(
    'another generation is shown',
    async () => {
      const { correlationId } = await placed();
      for (const address of [`/api/stories/${correlationId}?wait=5000`, '/api/stories', '/api/overview'])
        statuses.add((await page.request.get(address)).status());
      return shown(await model()) !== before;
    },
    { withinMs: 120_000 },
  );
  expect([...statuses]).toEqual([200]);
  expect((await model()).comparison).toMatchObject({ equal: true });
  // It heard of the other generation, and goes on by that one.
  const { correlationId } = await ended();
  const list = page.getByRole('region', { name: 'Stories, newest first' });
  await expect(list.locator(`a[href="/stories/${correlationId}"]`)).toBeVisible();
  await isAccessible(page);
});

test('a console that only looks has no button that changes anything, and refuses every write', async ({
  page,
}) => {
  const { correlationId } = await ended();
  const { url, stop } = await startReadOnly();
  try {
    for (const path of [
      '/api/shop/orders',
      '/api/shop/orders/x/cancel',
      '/api/model/rebuild',
      '/api/model/compare',
      '/api/model/switch-back',
    ])
      expect((await page.request.post(`${url}${path}`, { data: {} })).status(), path).toBe(403);
    await page.goto(`${url}/stories/${correlationId}`);
    await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Cancel order' })).toHaveCount(0);
    await page.goto(`${url}/shop`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Place the order' })).toHaveCount(0);
    await page.goto(url);
    await expect(page.getByRole('region', { name: 'Stories, newest first' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Try it' })).toHaveCount(0);
    await isAccessible(page);
  } finally {
    // A page whose console is away asks for it again, and the browser says each time that nobody answers.
    await page.goto('about:blank');
    await stop();
  }
});
