/** The pages that are chunks of their own, and what is brought before somebody asks for it. */
import { prefetchStory } from './data/queries.ts';
import { later } from './ui/later.tsx';

const LINES = 6;

export const shopPage = later(
  () => import('./pages/shop/shop-page.tsx').then((page) => page.ShopPage),
  LINES,
);
export const storiesPage = later(
  () => import('./pages/stories/stories-page.tsx').then((page) => page.StoriesPage),
  LINES,
);
export const storyPage = later(
  () => import('./pages/story/story-page.tsx').then((page) => page.StoryPage),
  LINES,
);
export const findPage = later(
  () => import('./pages/find/find-page.tsx').then((page) => page.FindPage),
  LINES,
);

function storyIn(path: string): string | undefined {
  const [, id] = /^\/stories\/([^/]+)$/.exec(path) ?? [];
  try {
    return id === undefined ? undefined : decodeURIComponent(id);
  } catch {
    // Somebody wrote it by hand.
    return undefined;
  }
}

/** What stands at an address needs its chunk and its story: asked for at once, not one after the other. */
function bringWhatIsAt(path: string): void {
  const id = storyIn(path);
  if (id === undefined) return;
  ignoringFailure(storyPage.bring());
  prefetchStory(id);
}

/** Who needs it tries again, and says it. */
const ignoringFailure = (coming: Promise<void>) => void coming.catch(() => {});

const whenIdle = (then: () => void) =>
  'requestIdleCallback' in window ? void requestIdleCallback(then) : void setTimeout(then, 500);

/**
 * The address that was opened; then, once nothing else is to be done, the other pages; and the story whose
 * link is pressed, before it is let go.
 */
export function bringAhead(): void {
  bringWhatIsAt(location.pathname);
  window.addEventListener('load', () =>
    whenIdle(() => [storyPage, storiesPage, shopPage].forEach(({ bring }) => ignoringFailure(bring()))),
  );
  document.addEventListener(
    'pointerdown',
    ({ target, button }) => {
      const link = target instanceof Element && button === 0 ? target.closest('a') : null;
      if (link?.origin === location.origin) bringWhatIsAt(link.pathname);
    },
    { passive: true },
  );
}
