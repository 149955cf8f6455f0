/**
 * What every story of the page checks beside its own: no breach of WCAG 2.2 A/AA, nothing that scrolls
 * sideways, no error in the console.
 */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test as base } from '@playwright/test';

export { expect, type Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const test = base.extend<{ errors: string[] }>({
  errors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (message) => {
        // A 404 or 409 is an answer; the browser writes it down all the same.
        if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
          errors.push(message.text());
      });
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(
    violations.map(({ id, nodes }) => ({
      id,
      at: nodes.map(({ html, failureSummary }) => [html.slice(0, 200), failureSummary]),
    })),
  ).toEqual([]);
}

export async function fitsItsWidth(page: Page): Promise<void> {
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
}

/** The story's sentence as it is seen; who listens hears it a second time. */
export const told = (page: Page, text: string | RegExp) =>
  page.getByRole('paragraph').filter({ hasText: text });

/** Where a story that is stepped through stands: `5 of 13`. */
export const standsAt = (page: Page, text: string | RegExp) =>
  page.getByRole('region', { name: 'Step through the story' }).getByText(text);

/** Requests for `url` wait until the function that is given is called. */
export async function holdBack(page: Page, url: string | RegExp): Promise<() => void> {
  const { promise: held, resolve: letThrough } = Promise.withResolvers<void>();
  await page.route(url, async (route) => {
    await held;
    await route.continue();
  });
  return letThrough;
}

/** It asks back. */
export async function cancelOrder(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('button', { name: 'Cancel it for good' }).click();
}

/** A recorded story, by what it is in the list. */
export async function storyWith(page: Page, filter: string): Promise<string> {
  const answer = await page.request.get(`/api/stories?${filter}`);
  const { items } = (await answer.json()) as { items: { correlationId: string }[] };
  // The recorded ones are older than what a test has placed.
  const id = items.at(-1)?.correlationId;
  expect(id, `there is no story with ${filter}`).toBeDefined();
  return id as string;
}

export const isRecorded = process.env['CONSOLE_URL'] === undefined;
