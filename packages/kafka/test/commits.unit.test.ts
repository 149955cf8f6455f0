/** Which offsets are committed, and how often. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Consumer } from 'kafkajs';
import { quiet } from '@sagakit/resilience/log';
import { type Commits, createCommits } from '../src/kafkajs/commits.ts';

describe('the offsets to commit', () => {
  let now: number;
  let asked: string[][];
  let fails: boolean;
  let commits: Commits;
  const consumer = {
    async commitOffsets(offsets: { topic: string; partition: number; offset: string }[]) {
      asked.push(offsets.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`));
      if (fails) throw new Error('not now');
    },
  } as unknown as Consumer;

  /** What is committed after the reader has been there again. */
  async function committedAt(at: number, next = 7n): Promise<string[]> {
    now = at;
    asked = [];
    commits.reached('a', 0, next);
    await commits.commit(consumer);
    return asked.flat();
  }

  beforeEach(() => {
    now = 1_000_000;
    fails = false;
    commits = createCommits(quiet, () => now);
  });

  it('are those that were reached, once each', async () => {
    assert.deepEqual(await committedAt(1_000_000), ['a/0@7']);
    assert.deepEqual(await committedAt(1_000_001), []);
    assert.deepEqual(await committedAt(9_000_000), []);
    assert.deepEqual(await committedAt(9_000_001, 8n), ['a/0@8']);
  });

  it('are tried again after a failure', async () => {
    fails = true;
    assert.deepEqual(await committedAt(1_000_000), ['a/0@7']);
    fails = false;
    assert.deepEqual(await committedAt(1_000_001), ['a/0@7']);
    assert.deepEqual(await committedAt(1_000_002), []);
  });

  for (const [after, happens] of [
    ['a fetch that failed', () => commits.forgotten()],
    ['a join', () => commits.reset()],
  ] as const) {
    it(`are repeated every five seconds for a minute after ${after}`, async () => {
      await committedAt(1_000_000);
      happens();
      assert.deepEqual(await committedAt(1_000_001), ['a/0@7']);
      assert.deepEqual(await committedAt(1_005_000), []);
      assert.deepEqual(await committedAt(1_005_001), ['a/0@7']);
      assert.deepEqual(await committedAt(1_060_000), ['a/0@7']);
      assert.deepEqual(await committedAt(1_070_000), []);
    });
  }

  it('are not those that were reached before a join', async () => {
    commits.reached('a', 0, 5n);
    commits.reset();
    asked = [];
    await commits.commit(consumer);
    assert.deepEqual(asked, []);
  });
});
