/** A story as it was: the function that the whole story is, of its first rows. */
import type { Story } from '../api.ts';
import type { StoryInput } from './message.ts';
import { spansUntil } from './spans.ts';
import { storyOf } from './story.ts';

/**
 * @param at how many rows of the whole story (repeats of a send are one row) have happened. From as many as
 *   there are on it is the story as it stands now. What was parked, or began, after the last of them is not
 *   there yet.
 */
export function storyAt(input: StoryInput, at = Number.POSITIVE_INFINITY): Story {
  const whole = storyOf(input);
  if (at >= whole.events.length) return whole;
  const ids = new Set(whole.events.slice(0, at).flatMap(({ id, repeats }) => [id, ...(repeats?.ids ?? [])]));
  const messages = input.messages.filter(({ id }) => ids.has(id));
  const last = messages.reduce((latest, { time }) => (time > latest ? time : latest), '');
  const parked = input.parked.filter(({ parkedAt }) => parkedAt <= last);
  const spans = input.spans && spansUntil(input.spans, last);
  const then = storyOf({
    ...{ ...input, messages, messageCount: messages.length, parked, parkedCount: parked.length },
    ...(spans && { spans }),
  });
  // What was not kept is not kept at any time; what had not begun is not missing.
  return { ...then, more: { ...then.more, spans: whole.more.spans } };
}
