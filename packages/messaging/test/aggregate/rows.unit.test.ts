import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createIdentityMap } from '../../src/aggregate/rows.ts';

describe('the rows of a batch', () => {
  it('are saved once each, against the version that was loaded', () => {
    const rows = createIdentityMap<number>([{ key: 'a', version: 5, sequence: 0, replies: {}, state: 1 }]);
    rows.set({ ...rows.get('a'), state: 2 });
    rows.set({ ...rows.get('a'), state: 3 });
    rows.set({ ...rows.get('new'), state: 1 });
    assert.deepEqual(
      rows.changed().map(({ key, version, state }) => ({ key, version, state })),
      [
        { key: 'a', version: 6, state: 3 },
        { key: 'new', version: 1, state: 1 },
      ],
    );
  });
});

describe('a row that is not there', () => {
  it('is an empty one at version 0', () => {
    const rows = createIdentityMap<number>([]);
    assert.deepEqual(rows.get('a'), { key: 'a', version: 0, sequence: 0, replies: {}, state: undefined });
    assert.deepEqual(rows.changed(), []);
    rows.set({ ...rows.get('a'), sequence: 3, state: 5 });
    assert.deepEqual(rows.get('a'), { key: 'a', version: 1, sequence: 3, replies: {}, state: 5 });
  });
});
