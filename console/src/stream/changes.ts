/**
 * When what changed last, so that whoever begins to listen knows whether what it has is from before. Of
 * stories the last few are known apart; of others, that it was before those.
 */
const MOST_STORIES = 2_000;

export type Changes = {
  of(stories: Iterable<string>): void;
  ofModel(): void;
  /** In milliseconds; never longer than it was. */
  ago(): { model: number; stories: number; story(id: string): number };
};

/** @param now a clock that never goes back, in milliseconds */
export function createChanges(now: () => number): Changes {
  // What was before us is as old as we are.
  let [model, any, others] = [now(), now(), now()];
  const stories = new Map<string, number>();
  return {
    of(changed) {
      any = now();
      for (const story of changed) {
        stories.delete(story);
        stories.set(story, any);
      }
      for (const [story, at] of stories) {
        if (stories.size <= MOST_STORIES) break;
        stories.delete(story);
        others = at;
      }
    },
    ofModel() {
      model = now();
    },
    ago() {
      const since = now();
      return {
        model: since - model,
        stories: since - any,
        story: (id) => since - (stories.get(id) ?? others),
      };
    },
  };
}
