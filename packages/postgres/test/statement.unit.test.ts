import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saveRows, writeRows } from '../src/statement.ts';

describe('a statement that writes rows', () => {
  it('is none for no rows, else takes them as one JSON array', () => {
    assert.deepEqual(writeRows('n', 't', []), []);
    assert.deepEqual(writeRows('n', 't', [{ a: 1 }, { a: 2 }], [7]), [
      { name: 'n', text: 't', values: ['[{"a":1},{"a":2}]', 7] },
    ]);
    assert.deepEqual(writeRows('n', 't', [{ a: 1 }])[0]?.values, ['[{"a":1}]']);
  });
  it('that saves fails unless all are saved', () => {
    assert.deepEqual(saveRows('n', 'insert', [{ a: 1 }, { a: 2 }]), [
      {
        name: 'n',
        text: 'with saved as (insert returning 1) select raise_if_stale(count(*), $2) from saved',
        values: ['[{"a":1},{"a":2}]', 2],
      },
    ]);
    assert.deepEqual(saveRows('n', 'insert', []), []);
  });
});
