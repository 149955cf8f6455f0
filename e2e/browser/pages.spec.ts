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

type Look = { colorScheme: 'light' | 'dark'; width: number };
const LOOKS: readonly Look[] = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
];
const OTHERS: readonly Look[] = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
];
/** Between them they show all that a page can be made of. */
const LOOKED_AT_MORE = ['overview', 'shop', 'a declined order'];
/** WCAG 1.4.10. */
const NARROWEST = 320;

test.skip(!isRecorded, 'not every story is in a fresh stack');

for (const [name, address] of Object.entries(PAGES)) {
  const looks = LOOKED_AT_MORE.includes(name) ? [...LOOKS, ...OTHERS] : LOOKS;
  test(`${name}: ${looks.map(({ colorScheme, width }) => `${colorScheme} at ${width} px`).join(', ')}`, async ({
    page,
  }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(await address((filter) => storyWith(page, filter)));
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(page.getByText(/^Loading/)).toHaveCount(0);
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      await isAccessible(page);
      await fitsItsWidth(page);
    }
    await page.setViewportSize({ width: NARROWEST, height: 640 });
    await fitsItsWidth(page);
  });
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
  await expect
    .poll(() => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme))
    .toBe('dark');
});

test('a part that comes just after the grey has been drawn is shown', async ({ page }) => {
  // What React does after it has drawn is a task of its own, begun by a message: held once the grey stands.
  await page.addInitScript(() => {
    const tasks = { held: undefined as (() => void)[] | undefined, letGo: () => {} };
    tasks.letGo = () => {
      const held = tasks.held ?? [];
      tasks.held = undefined;
      observer.disconnect();
      for (const run of held) run();
    };
    const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage') ?? {};
    Object.defineProperty(MessagePort.prototype, 'onmessage', {
      set(this: MessagePort, task: (event: MessageEvent) => void) {
        const run = (event: MessageEvent) =>
          tasks.held ? void tasks.held.push(() => task.call(this, event)) : task.call(this, event);
        set?.call(this, run);
      },
    });
    const observer = new MutationObserver(() => {
      if (document.querySelector('main')?.textContent?.includes('Loading')) tasks.held ??= [];
    });
    observer.observe(document, { childList: true, subtree: true });
    Object.assign(globalThis, { tasks });
  });
  let letThrough = (_url: string) => {};
  const asked = new Promise<string>((resolve) => (letThrough = resolve));
  const { promise: drawn, resolve: goOn } = Promise.withResolvers<void>();
  await page.route(/story-page-[^/]*\.js$/, async (route) => {
    letThrough(route.request().url());
    await drawn;
    await route.continue();
  });
  const id = await storyWith(page, 'reason=payment-declined');
  await page.goto(`/stories/${id}`, { waitUntil: 'commit' });
  const url = await asked;
  await page.waitForFunction(() => (globalThis as { tasks?: { held?: unknown } }).tasks?.held !== undefined);
  goOn();
  await page.evaluate(async (chunk) => {
    await import(chunk);
    // Whoever waited for it has it by the next task.
    await new Promise((resolve) => setTimeout(resolve));
    (globalThis as unknown as { tasks: { letGo(): void } }).tasks.letGo();
  }, url);
  await expect(page.getByRole('heading', { name: 'Messages', exact: true })).toBeVisible();
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
