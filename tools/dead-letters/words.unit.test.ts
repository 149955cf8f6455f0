import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyWords, oneLine } from './words.ts';

describe('a key', () => {
  it('is shown whole, however long', () => {
    const key = `order-${'x'.repeat(500)}`;
    assert.equal(keyWords(key), key);
  });
  it('is told from no key, and from one that looks like it', () => {
    assert.equal(keyWords(null), 'none');
    assert.equal(keyWords('none'), '"none"');
    assert.equal(keyWords(''), '""');
  });
  it('is JSON where a terminal would not show it as it is', () => {
    assert.equal(keyWords('a\u0000\nb'), '"a\\u0000\\nb"');
    assert.equal(keyWords('a  b '), '"a  b "');
  });
});

it('a text of a line is one line, and ends with an ellipsis where it is cut', () => {
  assert.equal(oneLine('a\n  b', 10), 'a b');
  assert.equal(oneLine('abcdef', 4), 'abc…');
  assert.equal(oneLine('abcdef', Infinity), 'abcdef');
});
