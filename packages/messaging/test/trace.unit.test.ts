import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTraceparent, newTraceparent, parseTraceparent } from '../src/trace.ts';

describe('trace context', () => {
  it('is read and written as W3C says', () => {
    const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const context = parseTraceparent(text);
    assert.ok(context);
    assert.equal(formatTraceparent(context), text);
    assert.equal(parseTraceparent('00-0-0-00'), undefined);
    assert.match(newTraceparent(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});
