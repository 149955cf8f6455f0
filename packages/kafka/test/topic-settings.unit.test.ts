/** A topic's settings as the broker calls them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf } from '../src/admin/topics.ts';

const own = { writer: 'rooms', partitions: 1, retentionMs: 7, segmentMs: 5 };
const CLOCK = { 'message.timestamp.type': 'LogAppendTime' };
const settings = (more: Partial<Parameters<typeof configOf>[0]>, copies = 1) =>
  Object.fromEntries(configOf({ ...own, ...more }, copies).map(({ name, value }) => [name, value]));

describe("a topic's settings", () => {
  const always = { 'retention.ms': '7', 'segment.ms': '5', ...CLOCK };
  it('say what is kept, and for how long', () => {
    assert.deepEqual(settings({}), { 'cleanup.policy': 'delete', ...always });
    assert.deepEqual(settings({ compacted: true }), { 'cleanup.policy': 'compact', ...always });
  });
  it('say by when what is taken back is gone, and that it can be heard of for longer than messages live', () =>
    assert.deepEqual(settings({ compacted: true, forgetsWithinMs: 9 }), {
      'cleanup.policy': 'compact',
      'max.compaction.lag.ms': '9',
      'delete.retention.ms': String(8 * 24 * 60 * 60 * 1000),
      ...always,
    }));
  it('bound a record where that is said, and need two places where there are three', () => {
    assert.equal(settings({ maxMessageBytes: 3 })['max.message.bytes'], '3');
    assert.equal(settings({}, 2)['min.insync.replicas'], undefined);
    assert.equal(settings({}, 3)['min.insync.replicas'], '2');
  });
});
