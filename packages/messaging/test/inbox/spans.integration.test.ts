/**
 * What a traced message's reader says about it: that it took effect, that it knew it, that there was no
 * COMMIT.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { trace } from '@opentelemetry/api';
import { catalogue } from '@sagakit/testing/bookings';
import { messagesOf, never } from '@sagakit/testing/participant';
import { newTraceparent } from '../../src/trace.ts';
import { commandFor, type Fixture, fixture, someBooking } from '../runtime-fixture.ts';

const { recordOf } = messagesOf(catalogue, 'rooms.commands');

type Span = { name: string; attributes: Record<string, unknown>; ended: number; failed: boolean };
const spans: Span[] = [];
trace.setGlobalTracerProvider({
  getTracer: () =>
    ({
      startSpan(name: string, { attributes }: { attributes: object }) {
        const span: Span = { name, attributes: { ...attributes }, ended: 0, failed: false };
        spans.push(span);
        return {
          spanContext: () => ({ traceId: '4b'.repeat(16), spanId: '0f'.repeat(8), traceFlags: 1 }),
          setAttributes: (added: object) => Object.assign(span.attributes, added),
          setStatus: () => (span.failed = true),
          end: () => span.ended++,
        };
      },
    }) as never,
});

describe('the span of a reader', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  const traced = () => {
    const traceparent = newTraceparent().replace(/00$/, '01');
    return recordOf({ ...commandFor(someBooking()), traceparent });
  };
  const processed = () =>
    spans
      .filter(({ name }) => name.startsWith('process'))
      .map(({ attributes, ended, failed }) => ({ duplicate: attributes['hotel.duplicate'], ended, failed }));

  it('says that the message was known already', async () => {
    spans.length = 0;
    const record = traced();
    await own.processor.process([record, { ...record, offset: '999' }], never);
    await own.processor.process([record], never);
    assert.deepEqual(processed(), [
      { duplicate: undefined, ended: 1, failed: false },
      { duplicate: true, ended: 1, failed: false },
      { duplicate: true, ended: 1, failed: false },
    ]);
  });

  it('of what is not sampled is none', async () => {
    spans.length = 0;
    const record = recordOf(commandFor(someBooking()));
    await own.processor.process([record, record], never);
    assert.deepEqual(spans, []);
  });

  it('says that there was no COMMIT', async () => {
    spans.length = 0;
    await own.query('alter table counters add constraint broken check (count < 1) not valid');
    await own.processor.process([traced()], never);
    await own.query('alter table counters drop constraint broken');
    assert.deepEqual(
      spans
        .filter(({ name }) => name.startsWith('process'))
        .map(({ attributes, failed }) => [attributes['hotel.parked'], failed]),
      [
        [undefined, true],
        ['data-error', false],
      ],
    );
  });
});
