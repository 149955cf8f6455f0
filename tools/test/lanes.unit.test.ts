import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../stack/state.ts';
import { ALONE, inLanes, STORIES_ALONE } from './lanes.ts';

describe('lanes', () => {
  it('take the next item each, and give the results in the order of the items', async () => {
    const busy = new Set<string>();
    let most = 0;
    const results = await inLanes([30, 1, 2, 3, 4], ['a', 'b'], async (ms, lane) => {
      assert.ok(!busy.has(lane), `${lane} has two at once`);
      busy.add(lane);
      most = Math.max(most, busy.size);
      await delay(ms);
      busy.delete(lane);
      return ms * 2;
    });
    assert.deepEqual(results, [60, 2, 4, 6, 8]);
    assert.equal(most, 2);
  });
  it('end before what went wrong in one of them is thrown', async () => {
    let ended = false;
    const work = async (item: string) => {
      if (item === 'bad') throw new Error('it went wrong');
      await delay(20);
      ended = true;
    };
    await assert.rejects(inLanes(['bad', 'good'], [1, 2], work), /it went wrong/);
    assert.ok(ended);
  });
  it('are left by files that are there', () => {
    for (const file of [...ALONE, ...STORIES_ALONE])
      assert.ok(existsSync(path.join(ROOT, file)), `${file} is not there`);
  });
});
