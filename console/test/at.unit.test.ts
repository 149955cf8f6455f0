import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storyAt } from '../src/story/at.ts';
import { storyOf } from '../src/story/story.ts';
import { inputOf, simulate } from './simulate.ts';

describe('a story as it was', () => {
  const input = inputOf(simulate((command) => (command === 'ProcessPayment' ? 'no' : 'yes')).records);
  const whole = storyOf(input);

  it('has the first rows of the whole, in the same order', () => {
    for (let at = 1; at <= whole.events.length; at++) {
      const ids = storyAt(input, at).events.map(({ id }) => id);
      assert.deepEqual(
        ids,
        whole.events.slice(0, at).map(({ id }) => id),
      );
    }
  });

  it('does not know what came later: no answer, no outcome, no later effect', () => {
    const asked = whole.events.findIndex(({ type }) => type === 'ProcessPayment') + 1;
    const story = storyAt(input, asked);
    assert.equal(story.status, 'PENDING');
    assert.equal(story.sagas[0]?.steps[1]?.do.status, 'waiting');
    assert.match(story.told, /has not answered yet/);
    assert.deepEqual(story.events.at(-1)?.effects, []);
  });

  it('is the whole from its last row on', () => {
    assert.deepEqual(storyAt(input, whole.events.length), whole);
    assert.deepEqual(storyAt(input), whole);
  });
});
