/** Spans: how they are read, which are kept, and what they say of a story. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Story } from '../src/api.ts';
import { createKeeper, LIMITS } from '../src/telemetry/keep.ts';
import { ExportTraces, spansIn } from '../src/telemetry/otlp.ts';
import type { SpanRow, SpansOfStory } from '../src/story/spans.ts';
import { storyOf } from '../src/story/story.ts';
import { exportOf, readerOf, type Told } from './otlp.ts';
import { BEGAN, STORY_ID, TRACE } from './records.ts';
import { inputOf, simulate } from './simulate.ts';

const rowsOf = (...spans: Told[]): SpanRow[] => spansIn(ExportTraces.parse(exportOf(...spans))).spans;
const aTrace = (n: number) => n.toString(16).padStart(32, '0');

describe('spans as OTLP has them', () => {
  it('are rows', () => {
    const [row] = rowsOf({ span: 'AAAAAAAAAAAAAAAA', parent: 'bbbbbbbbbbbbbbbb', failed: 'it broke' });
    assert.deepEqual(row, {
      trace: TRACE,
      span: 'aaaaaaaaaaaaaaaa',
      parent: 'bbbbbbbbbbbbbbbb',
      service: 'payment',
      name: 'process X',
      kind: 'consumer',
      startUs: BEGAN * 1_000 + 123,
      durationUs: 3_000,
      failed: true,
      story: STORY_ID,
      attributes: { 'messaging.message.conversation_id': STORY_ID, 'error.message': 'it broke' },
    });
  });

  it('lose what may be personal', () => {
    const [row] = rowsOf({
      name: 'mail to ada@example.com',
      failed: 'no such box: <ada@example.com>, paid with tok_visa',
      attributes: {
        'http.url': 'http://x/?email=ada@example.com',
        'enduser.id': 'ada',
        'order_saga.effect': 'mail',
        'http.route': '/orders/:orderId',
      },
    });
    assert.deepEqual(Object.keys(row?.attributes ?? {}).sort(), [
      'error.message',
      'http.route',
      'messaging.message.conversation_id',
      'order_saga.effect',
    ]);
    assert.doesNotMatch(JSON.stringify(row), /\bada\b|tok_visa/);
  });

  it('that are none cost themselves alone', () => {
    const body = exportOf({}, {}, {}, {});
    const spanOf = (n: number) => body.resourceSpans[n]?.scopeSpans[0]?.spans[0] as Record<string, unknown>;
    spanOf(0)['traceId'] = 'short';
    spanOf(1)['startTimeUnixNano'] = 1.5;
    spanOf(2)['name'] = null;
    const { spans, refused } = spansIn(ExportTraces.parse(body));
    assert.deepEqual([spans.length, refused], [1, 3]);
    assert.deepEqual(spansIn(ExportTraces.parse({})), { spans: [], refused: 0 });
  });
});

describe('of the traces', () => {
  let now = 0;
  const keeperOf = (limits = {}) => createKeeper(() => now, { ...LIMITS, ...limits });

  it('so many a second are kept', () => {
    const keeper = keeperOf();
    const traces = Array.from({ length: 50 }, (_, n) => rowsOf({ trace: aTrace(n + 1) })).flat();
    assert.equal(keeper.take(traces).traces.length, 20);
    now += 500;
    const more = Array.from({ length: 50 }, (_, n) => rowsOf({ trace: aTrace(n + 101) })).flat();
    assert.equal(keeper.take(more).traces.length, 10);
    now += LIMITS.holdMs;
    keeper.take(rowsOf({ trace: aTrace(1) }));
    assert.deepEqual(keeper.counts(), { kept: 31, dropped: 70 });
    assert.deepEqual(
      [1, 21, 999].map((n) => keeper.fateOf(aTrace(n))),
      ['kept', 'dropped', 'unknown'],
    );
  });

  it('those are kept beyond it that somebody will look at, with what came before', () => {
    const keeper = keeperOf({ perSecond: 0 });
    keeper.always(aTrace(1));
    const plain = [1, 2, 3, 4, 5, 6].map((n) => ({ trace: aTrace(n), at: 1_000 }));
    assert.deepEqual(keeper.take(rowsOf(...plain)).traces, [{ trace: aTrace(1), why: 'page' }]);
    const said = (n: number, told: Told) => keeper.take(rowsOf({ trace: aTrace(n), at: 1_000, ...told }));
    const parked = said(2, { attributes: { 'order_saga.parked': 'schema-invalid' } });
    assert.deepEqual([parked.traces[0]?.why, parked.spans.length], ['parked', 2]);
    const undone = said(3, { attributes: { 'order_saga.message.type': 'ReleaseInventory' } });
    assert.equal(undone.traces[0]?.why, 'undone');
    assert.equal(said(4, { failed: 'x' }).traces[0]?.why, 'failed');
    assert.equal(said(5, { at: 2_500 }).traces[0]?.why, 'slow');
    assert.deepEqual(said(6, {}).traces, []);
    assert.deepEqual(keeper.take(rowsOf({ trace: aTrace(2) })).spans.length, 1, 'and what comes after');
  });

  it('those of no story are none, and count for nothing', () => {
    const keeper = keeperOf({ perSecond: 1 });
    const looks = Array.from({ length: 30 }, (_, n) => rowsOf({ trace: aTrace(n + 1), story: null })).flat();
    assert.deepEqual(keeper.take(looks).spans, []);
    assert.equal(keeper.take(rowsOf({ trace: aTrace(99) })).spans.length, 1);
    assert.equal(
      keeper.take(rowsOf({ trace: aTrace(99), story: null })).spans.length,
      1,
      'a part of a story',
    );
    assert.equal(keeper.counts().dropped, 0);
  });

  it('no more are held in memory than may be, and of one no more are kept', () => {
    const keeper = keeperOf({ perSecond: 0, heldSpans: 10, spansOfTrace: 3 });
    const many = Array.from({ length: 25 }, (_, n) => rowsOf({ trace: aTrace(n + 1) })).flat();
    keeper.take(many);
    assert.equal(keeper.counts().dropped, 15);
    keeper.always(aTrace(500));
    const long = Array.from({ length: 9 }, () => rowsOf({ trace: aTrace(500) })).flat();
    assert.equal(keeper.take(long).spans.length, 3);
  });
});

describe('the spans of a story', () => {
  const { records } = simulate(() => 'yes');
  const ids = new Map(inputOf(records).messages.map(({ type, id }) => [type, id]));
  const storyWith = (spans: SpansOfStory) => storyOf({ ...inputOf(records), spans });
  const readersOf = (type: string, ...spans: Told[]) =>
    storyWith({ rows: rowsOf(...spans), cut: false }).events.find((event) => event.type === type)?.readers;

  it('stand beside its messages, in its own time', () => {
    const story = storyWith({ rows: rowsOf({ at: BEGAN + 10, ms: 4 }), cut: false });
    assert.ok(Story.strict().safeParse(story).success);
    assert.partialDeepStrictEqual(story.spans[0], {
      ...{ startMs: 7.123, durationMs: 4, traceId: TRACE, kind: 'consumer', service: 'payment' },
    });
    assert.equal(story.more.spans, 'all');
  });

  it('say what each reader did', () => {
    const id = ids.get('PaymentProcessed') ?? '';
    const took = { service: 'saga-orchestrator', did: 'took-effect', messages: 1 };
    assert.deepEqual(readersOf('PaymentProcessed'), [took]);
    assert.deepEqual(
      readersOf(
        'PaymentProcessed',
        readerOf('saga-orchestrator', id),
        readerOf('saga-orchestrator', id, { 'order_saga.duplicate': true }),
        readerOf('saga-orchestrator', id, { 'order_saga.duplicate': true }),
        readerOf('notification', id, { 'order_saga.ignored': 'no-saga' }),
        readerOf('audit', id, { 'order_saga.parked': 'waits-behind' }),
        { ...readerOf('inventory', id), failed: 'rolled back' },
        { ...readerOf('order', id), kind: 4 },
      ),
      [
        took,
        { service: 'saga-orchestrator', did: 'duplicate' },
        { service: 'notification', did: 'ignored', reason: 'no-saga' },
        { service: 'audit', did: 'parked', reason: 'waits-behind' },
      ],
    );
  });

  it('are said to be not all, and why', () => {
    assert.deepEqual(storyWith({ rows: [], cut: false, why: 'None came.' }).more, {
      ...storyOf(inputOf(records)).more,
      spans: 'none',
      whyNotAllSpans: 'None came.',
    });
    assert.equal(storyWith({ rows: rowsOf({}), cut: true }).more.spans, 'some');
    assert.equal(storyWith({ rows: rowsOf({ trace: aTrace(7) }), cut: false }).more.spans, 'some');
  });
});
