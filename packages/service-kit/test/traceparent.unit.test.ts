import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Envelope } from '@sagakit/messages/envelope';
import { requestTraceparent } from '../src/http/traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const readable = (traceparent: string) => Envelope.shape.traceparent.safeParse(traceparent).success;

describe("a request's trace context", () => {
  it("is the client's where that is one", () => {
    assert.equal(requestTraceparent({ traceparent: `00-${TRACE}-${SPAN}-01` }), `00-${TRACE}-${SPAN}-01`);
  });

  for (const [what, traceparent] of [
    ['in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with flags that are no number', `00-${TRACE}-${SPAN}-zz`],
    ['with flags of three digits', `00-${TRACE}-${SPAN}-001`],
    ['with something behind it', `00-${TRACE}-${SPAN}-01-more`],
    ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['of another sort', 'not a traceparent'],
    ['that is empty', ''],
  ] as const) {
    it(`one ${what} is not taken over: no reader of messages would accept it`, () => {
      const taken = requestTraceparent({ traceparent });
      assert.ok(readable(taken), taken);
      assert.notEqual(taken, traceparent);
    });
  }
});
