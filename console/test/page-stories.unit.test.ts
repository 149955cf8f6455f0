import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Story } from '../src/api.ts';
import { answerAt } from './page/script.ts';
import { recorded } from './page/stories.ts';

describe('the stories that the page is looked at with', () => {
  for (const played of recorded().slice(0, 9)) {
    it(`${played.kind} is a story by the schema, after each of its messages`, () => {
      const { events } = answerAt(played);
      for (let n = 1; n <= events.length; n++) {
        const result = Story.safeParse(answerAt(played, n));
        assert.ok(result.success, JSON.stringify(result.error?.issues));
      }
    });
  }

  it('tell how each of them went', () => {
    const told = Object.fromEntries(
      recorded()
        .slice(0, 9)
        .map((played) => [played.kind, answerAt(played)]),
    );
    assert.equal(told['declined']?.status, 'REJECTED');
    assert.equal(told['cancelled']?.sagas.length, 2);
    assert.equal(told['needsAttention']?.sagas[0]?.status, 'needs-attention');
    assert.equal(told['parked']?.parked.length, 1);
    assert.equal(told['insistent']?.events.at(-1)?.repeats?.count, 499);
  });
});
