import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@order-saga/contracts/envelope';
import { createUnsent } from '../src/unsent.ts';

const written = (json: string) => ({ envelope: {} as Envelope, json });

describe('what is written and not yet sent', () => {
  it('is kept for the relay of the same process, which takes it once', () => {
    const unsent = createUnsent();
    unsent.begin();
    unsent.keep('1', written('one'));
    assert.equal(unsent.take('1')?.json, 'one');
    assert.equal(unsent.take('1'), undefined);
  });

  it('is not kept while another replica sends, nor over a time when one did', () => {
    const unsent = createUnsent();
    unsent.keep('1', written('one'));
    unsent.begin();
    assert.equal(unsent.take('1'), undefined);
    unsent.keep('2', written('two'));
    unsent.end();
    unsent.begin();
    assert.equal(unsent.take('2'), undefined);
  });

  it('is bounded: the oldest make room', () => {
    const unsent = createUnsent();
    unsent.begin();
    for (let id = 0; id < 2_001; id++) unsent.keep(String(id), written(String(id)));
    assert.equal(unsent.take('0'), undefined);
    assert.equal(unsent.take('1')?.json, '1');
    assert.equal(unsent.take('2000')?.json, '2000');
  });
});
