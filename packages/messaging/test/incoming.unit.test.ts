import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localMessage } from '../src/incoming.ts';
import { rootContext } from '../src/to-envelope.ts';
import { newTraceparent } from '../src/trace.ts';

describe('an input that never was on a topic', () => {
  const about = { id: 'i', source: 'x', type: 'T', subject: 'b-1', data: null };
  it('is at hop 0 at least, and names no cause and no saga where there is none', () => {
    const message = localMessage(about, rootContext('story', newTraceparent()));
    assert.equal(message.hops, 0);
    assert.deepEqual(['causationid' in message, 'sagaid' in message], [false, false]);
  });
  it('carries hops, cause and saga on', () => {
    const traceparent = newTraceparent();
    const message = localMessage(about, {
      id: 'c',
      correlationid: 'story',
      hops: 5,
      sagaid: 's',
      traceparent,
    });
    assert.deepEqual(
      [message.hops, message.causationid, message.sagaid, message.traceparent],
      [5, 'c', 's', traceparent],
    );
  });
});
