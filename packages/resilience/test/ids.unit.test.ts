import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newId, randomHex } from '../src/ids.ts';

describe('ids', () => {
  it('are version 7 UUIDs that sort by time', () => {
    const ids = Array.from({ length: 2_000 }, (_, at) => newId(1_700_000_000_000 + at));
    for (const id of ids)
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(Array.from({ length: 10_000 }, () => newId(0))).size, 10_000);
  });
  it('carry the time that they are made for, by default now', () => {
    assert.equal(newId(0x0123456789ab).slice(0, 13), '01234567-89ab');
    assert.equal(newId(1).slice(0, 13), '00000000-0001');
    const before = Date.now();
    const made = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    assert.ok(made >= before && made <= Date.now());
  });
  it('use all of their random bits', () => {
    const seen = Array.from({ length: 400 }, () => newId(0).replaceAll('-', '').slice(12));
    for (let at = 0; at < 20; at++) {
      const digits = new Set(seen.map((id) => id[at]));
      assert.equal(digits.size, at === 0 ? 1 : at === 4 ? 4 : 16, `digit ${at}`);
    }
  });
});

describe('random hex', () => {
  it('is as long as asked for, and never the same', () => {
    for (const bytes of [1, 8, 16, 4096])
      assert.match(randomHex(bytes), new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
    assert.equal(new Set(Array.from({ length: 5_000 }, () => randomHex(8))).size, 5_000);
  });
});
