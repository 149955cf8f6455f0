/** What of the story page stands in its URL: a link shows exactly what was seen. */
import { useSearchParams } from 'wouter';

export type View = 'lanes' | 'list' | 'causes';
const VIEWS: readonly View[] = ['lanes', 'list', 'causes'];

export type StoryQuery = {
  at: string | null;
  event: string | undefined;
  view: View;
  /**
   * Undefined takes it out. Each change of the view is a step for `back`; the steps through a story are not.
   */
  change: (next: Partial<Record<'at' | 'event' | 'view', string | undefined>>) => void;
  linkTo: (next: Partial<Record<'at' | 'event' | 'view', string | undefined>>) => string;
};

export function useStoryQuery(): StoryQuery {
  const [query, setQuery] = useSearchParams();
  const changed = (next: Parameters<StoryQuery['change']>[0], from: URLSearchParams) => {
    const params = new URLSearchParams(from);
    for (const [name, value] of Object.entries(next)) {
      if (value === undefined) params.delete(name);
      else params.set(name, value);
    }
    return params;
  };
  const asked = query.get('view');
  return {
    at: query.get('at'),
    event: query.get('event') ?? undefined,
    view: VIEWS.find((view) => view === asked) ?? 'lanes',
    change: (next) => setQuery((now) => changed(next, now), { replace: !('view' in next) }),
    linkTo: (next) => `?${changed(next, query)}`,
  };
}

/** Lanes need room; where there is none the list says the same. */
export const LANES_FROM_PX = 640;
