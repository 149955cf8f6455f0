import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EFFECTS, resultOf } from '../../src/effects/result.ts';
import { newTraceparent } from '../../src/trace.ts';

describe('a call', () => {
  it('is answered in the story of the command that asked, by the id of the call', () => {
    const traceparent = newTraceparent();
    const asked = {
      id: 'command-1',
      correlationid: 'story',
      hops: 3,
      sagaid: undefined,
      traceparent: newTraceparent(),
    };
    const { message, cause } = resultOf(
      { id: 'call-1', subject: 'b-1', cause: asked },
      'Returned',
      { good: 1 },
      traceparent,
    );
    assert.deepEqual(cause, { ...asked, traceparent });
    assert.deepEqual(message, {
      specversion: '1.0',
      id: 'call-1',
      source: EFFECTS,
      type: 'Returned',
      subject: 'b-1',
      data: { good: 1 },
      time: '',
      sequence: '',
      correlationid: 'story',
      causationid: 'command-1',
      hops: 3,
      traceparent,
    });
    assert.equal(EFFECTS, 'effects');
  });
});
