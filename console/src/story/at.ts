/** A story as it was: the function that the whole story is, of its first rows. */
import type { Story } from '../api.ts';
import type { StoryInput } from './message.ts';
import { storyOf } from './story.ts';

/**
 * @param at how many rows of the whole story (repeats of a send are one row) have happened. From as many as
 *   there are on it is the story as it stands now. What was parked after the last of them is not parked yet.
 */
export function storyAt(input: StoryInput, at = Number.POSITIVE_INFINITY): Story {
  const whole = storyOf(input);
  if (at >= whole.events.length) return whole;
  const ids = new Set(whole.events.slice(0, at).flatMap(({ id, repeats }) => [id, ...(repeats?.ids ?? [])]));
  const messages = input.messages.filter(({ id }) => ids.has(id));
  const last = messages.reduce((latest, { time }) => (time > latest ? time : latest), '');
  const parked = input.parked.filter(({ parkedAt }) => parkedAt <= last);
  return storyOf({ ...input, messages, parked, parkedCount: parked.length });
}
