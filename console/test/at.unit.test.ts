import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storyAt } from '../src/story/at.ts';
import { storyOf } from '../src/story/story.ts';
import { ExportTraces, spansIn } from '../src/telemetry/otlp.ts';
import { exportOf } from './otlp.ts';
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

  it('counts the messages that there were by then, repeats too', () => {
    const silent = inputOf(
      simulate(
        (command) => (command === 'RefundPayment' || command === 'ProcessPayment' ? 'silent' : 'yes'),
        {
          deadlines: 5,
        },
      ).records,
    );
    const all = storyOf(silent);
    const folded = all.events.reduce((n, { repeats }) => n + (repeats?.count ?? 0), 0);
    assert.ok(folded > 0);
    for (let at = 1; at < all.events.length; at++) {
      const { events, more } = storyAt(silent, at);
      assert.equal(
        more.messages,
        events.reduce((n, { repeats }) => n + 1 + (repeats?.count ?? 0), 0),
      );
    }
    assert.equal(all.more.messages, all.events.length + folded);
  });

  it('has the spans that had begun by then, and does not call the others lost', () => {
    const rows = (...at: number[]) =>
      spansIn(ExportTraces.parse(exportOf(...at.map((ms) => ({ at: Date.parse(whole.firstAt) + ms })))))
        .spans;
    const last = whole.events.at(-1)?.afterMs ?? 0;
    const third = whole.events[2]?.afterMs ?? 0;
    const spans = { rows: rows(0, third, third + 1, last), cut: false };
    const told = (at?: number) => storyAt({ ...input, spans }, at);
    assert.deepEqual(
      told(3).spans.map(({ startMs }) => Math.floor(startMs)),
      [0, third],
    );
    assert.equal(told().spans.length, 4);
    assert.deepEqual([told(3).more.spans, told().more.spans], ['all', 'all']);
    const late = storyAt({ ...input, spans: { rows: rows(last), cut: false } }, 3);
    assert.deepEqual([late.spans, late.more.spans], [[], 'all']);
  });

  it('is the whole from its last row on', () => {
    assert.deepEqual(storyAt(input, whole.events.length), whole);
    assert.deepEqual(storyAt(input), whole);
  });
});
