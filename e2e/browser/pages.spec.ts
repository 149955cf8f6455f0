import { expect, fitsItsWidth, isAccessible, isRecorded, storyWith, test } from './page.ts';

const STORIES = {
  'a declined order': 'reason=payment-declined',
  'an order that was cancelled': 'status=CANCELLED',
  'a silence': 'reason=no-answer',
  'a saga that needs a hand': 'sagaStatus=needs-attention',
  'a parked message': 'has=parked',
};

const PAGES: Record<string, (story: (filter: string) => Promise<string>) => Promise<string>> = {
  overview: async () => '/',
  shop: async () => '/shop',
  stories: async () => '/stories?status=REJECTED',
  'stories of which there is none': async () => '/stories?customer=nobody',
  find: async () => '/find',
  'an id that nothing has': async () => '/find?q=ffffffff',
  'a story that is not known': async () => '/stories/ffffffff-ffff-7fff-8fff-ffffffffffff',
  'an address that is none': async () => '/nowhere',
  ...Object.fromEntries(
    Object.entries(STORIES).map(([name, filter]) => [
      name,
      async (story: (filter: string) => Promise<string>) => `/stories/${await story(filter)}`,
    ]),
  ),
  'a story as a list': async (story) => `/stories/${await story('reason=payment-declined')}?view=list`,
  'a story as its causes': async (story) => `/stories/${await story('reason=payment-declined')}?view=causes`,
  'a story as it was': async (story) => `/stories/${await story('reason=payment-declined')}?at=7`,
};

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 360 },
] as const;

test.skip(!isRecorded, 'not every story is in a fresh stack');

for (const [name, address] of Object.entries(PAGES)) {
  for (const { theme, width } of LOOKS) {
    test(`${name}: ${theme}, ${width} px`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      await page.goto(await address((filter) => storyWith(page, filter)));
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
      await expect(page.getByText(/^Loading/)).toHaveCount(0);
      await isAccessible(page);
      await fitsItsWidth(page);
    });
  }
}

test('no page scrolls sideways at 320 px', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const address of Object.values(PAGES)) {
    await page.goto(await address((filter) => storyWith(page, filter)));
    await expect(page.getByText(/^Loading/)).toHaveCount(0);
    await fitsItsWidth(page);
  }
});

const OTHERS = [
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
] as const;

for (const { theme, width } of OTHERS) {
  for (const name of ['overview', 'shop', 'a declined order']) {
    test(`${name}: ${theme}, ${width} px`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      await page.goto((await PAGES[name]?.((filter) => storyWith(page, filter))) ?? '/');
      await expect(page.getByText(/^Loading/)).toHaveCount(0);
      await isAccessible(page);
    });
  }
}

test('forced colours: a state is still seen', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await expect(page.getByRole('heading', { name: 'Messages', exact: true })).toBeVisible();
  await isAccessible(page);
});

test('the theme that is chosen is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: 'dark' }).check();
  await isAccessible(page);
  await page.reload();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark');
});

test('the page loads nothing from elsewhere', async ({ page, baseURL }) => {
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL ?? '')) foreign.push(request.url());
  });
  await page.goto(`/stories/${await storyWith(page, 'reason=payment-declined')}`);
  await expect(page.getByRole('heading', { name: 'Messages', exact: true })).toBeVisible();
  expect(foreign).toEqual([]);
});
