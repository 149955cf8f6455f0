/** How long a story takes to stand in the page, and what it costs to bring it there. */
import type { Page } from '@playwright/test';

export type Opening = {
  /** Milliseconds until its story is asked for. */
  asked: number;
  /** Milliseconds until the story is drawn, with its saga and its messages. */
  story: number;
  /** Until what the services say now stands in it too. */
  all: number;
  /** What came over the wire meanwhile. */
  bytes: number;
};

/** From a click on the link that leads to it, in the page that is open. */
export const openedByClick = (page: Page, story: string): Promise<Opening> =>
  page.evaluate(
    (id) =>
      new Promise<Opening>((resolve, reject) => {
        const link = document.querySelector<HTMLAnchorElement>(`a[href="/stories/${id}"]`);
        if (!link) return reject(new Error(`no link leads to ${id}`));
        const began = performance.now();
        let drawn: number | undefined;
        const painted = (then: () => void) => requestAnimationFrame(() => setTimeout(then));
        const cost = () => {
          const since = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter(
            ({ startTime }) => startTime >= began,
          );
          const answer = since.find(({ name }) => new URL(name).pathname === `/api/stories/${id}`);
          return {
            asked: (answer?.startTime ?? Number.NaN) - began,
            bytes: since.reduce((sum, { transferSize }) => sum + transferSize, 0),
          };
        };
        const look = () => {
          const results = document.querySelector('[aria-labelledby="results-title"]');
          if (!document.querySelector('[data-event]') || !results) return;
          if (drawn === undefined) painted(() => (drawn ??= performance.now() - began));
          if (!/as of|not known/.test(results.textContent ?? '')) return;
          observer.disconnect();
          painted(() => {
            const all = performance.now() - began;
            resolve({ story: drawn ?? all, all, ...cost() });
          });
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        link.click();
      }),
    story,
  );

/** From its address alone, with an empty cache: milliseconds since the navigation began until it is drawn. */
export async function openedCold(page: Page, address: string): Promise<number> {
  await page.goto(address, { waitUntil: 'commit' });
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.querySelector('[data-event]')) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { childList: true, subtree: true });
        look();
      }),
  );
}
