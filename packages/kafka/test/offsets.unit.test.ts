import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { offsetsOf } from '../src/kafkajs/offsets.ts';

test('one topic of which the broker says nothing is said once nothing is asked any more', async () => {
  const other = Promise.withResolvers<[]>();
  const admin = {
    fetchOffsets: () => Promise.resolve([]),
    fetchTopicOffsets: (topic: string) =>
      topic === 'refused' ? Promise.reject(new Error('refused')) : other.promise,
  } as unknown as Admin;
  let settled = false;
  const refused = assert
    .rejects(offsetsOf(admin, 'group', ['refused', 'slow']), /refused/)
    .finally(() => (settled = true));
  await setImmediate();
  assert.equal(settled, false);
  other.resolve([]);
  await refused;
});
