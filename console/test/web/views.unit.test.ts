import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Product, Span, Story } from '../../src/api.ts';
import { put, toOrder, total } from '../../web/src/view/basket.ts';
import { ALL, causesOf, type Caused, isWrong, rowOf, visible } from '../../web/src/view/causes.ts';
import { after, ago, clock, counted, duration, money, shortId, size } from '../../web/src/view/format.ts';
import { isFromBefore } from '../../web/src/view/from-before.ts';
import { held } from '../../web/src/view/held-list.ts';
import { nextLook } from '../../web/src/view/late-look.ts';
import { sparkPath } from '../../web/src/view/spark.ts';
import { moved, where } from '../../web/src/view/step-through.ts';
import { ofDo, ofRow, ofUndo, verbOf } from '../../web/src/view/tone.ts';
import { waterfall } from '../../web/src/view/waterfall.ts';
import { answerAt } from '../page/script.ts';
import { type Kind, recorded } from '../page/stories.ts';

const STORIES = new Map(
  recorded()
    .slice(0, 8)
    .map((played): [Kind, Story] => [played.kind, answerAt(played)]),
);
const story = (kind: Kind) => STORIES.get(kind) as Story;

describe('words for numbers', () => {
  it('tell durations at the size that they have', () => {
    assert.deepEqual([8, 1400, 2000, 61_000, 123_000, 12_000_000, -3].map(duration), [
      '8 ms',
      '1.4 s',
      '2 s',
      '1 min 1 s',
      '2 min 3 s',
      '3 h 20 min',
      '−3 ms',
    ]);
  });

  it('tell moments of a story to the millisecond', () => {
    assert.deepEqual([0, 61, 4210, 120_043].map(after), ['+0 ms', '+61 ms', '+4.210 s', '+2:00.043']);
  });

  it('write money as the told sentence does', () => {
    assert.equal(money({ amount: 4900, currency: 'EUR' }), '€ 49.00');
    assert.equal(money({ amount: 123_456_789, currency: 'USD' }), '1,234,567.89 USD');
  });

  it('shorten ids to their end, and times to today', () => {
    assert.equal(shortId('0190a7c4-1111-7000-8000-00000000aaaa'), '0000aaaa');
    const now = Date.parse('2026-11-26T20:00:00Z');
    assert.equal(clock('2026-11-26T14:02:11.204Z', 'utc', { now, millis: false }), '14:02:11');
    assert.equal(clock('2026-11-25T14:02:11.204Z', 'utc', { now }), '2026-11-25 14:02:11.204');
    assert.equal(ago('2026-11-26T19:58:59Z', now), '1 min ago');
  });

  it('count', () => {
    assert.deepEqual(
      [counted(1, 'saga'), counted(1200, 'saga'), size(612), size(1400)],
      ['1 saga', '1,200 sagas', '612 bytes', '1.4 kB'],
    );
  });
});

describe('causes', () => {
  const flat = (nodes: readonly Caused[]): string[] =>
    nodes.flatMap(({ event, effects }) => [event.id, ...flat(effects)]);

  it('hold every row once', () => {
    for (const { events } of STORIES.values()) {
      assert.deepEqual(flat(causesOf(events)).sort(), events.map(({ id }) => id).sort());
    }
  });

  it('begin a second tree where somebody asked for something', () => {
    assert.deepEqual(
      causesOf(story('cancelled').events).map(({ event }) => event.type),
      ['OrderPlaced', 'OrderCancellationRequested'],
    );
  });

  it('find the row that a repeat is folded into', () => {
    const { events } = story('needsAttention');
    const sends = events.find(({ repeats }) => repeats);
    assert.equal(sends?.repeats?.count, 5);
    assert.equal(rowOf(events, sends?.repeats?.ids[2] ?? ''), sends);
  });

  it('can be narrowed down to what went wrong', () => {
    const wrong = visible(story('declined').events, { ...ALL, wrong: true });
    assert.deepEqual(
      wrong.map(({ type }) => type),
      ['ProcessPayment', 'PaymentDeclined', 'SagaCompensating', 'ReleaseInventory'],
    );
    assert.ok(story('confirmed').events.every((event) => !isWrong(event)));
    assert.deepEqual(
      visible(story('confirmed').events, { commands: false, events: false, saga: true, wrong: false }).length,
      2,
    );
  });
});

describe('stepping through', () => {
  it('stands at the end for what is no row', () => {
    for (const asked of [null, '', 'x', '0', '-1', '13', '99', '2.5'])
      assert.equal(where(asked, 13).live, true, String(asked));
    assert.deepEqual(where('9', 13), { at: 9, of: 13, live: false });
  });

  it('goes back and forth, and the end is no place in the URL', () => {
    assert.equal(moved(where('9', 13), 'back'), 8);
    assert.equal(moved(where('1', 13), 'back'), 1);
    assert.equal(moved(where('12', 13), 'forward'), undefined);
    assert.equal(moved(where(null, 13), 'back'), 12);
    assert.equal(moved(where(null, 13), 'first'), 1);
    assert.equal(moved(where('3', 13), 'last'), undefined);
  });
});

describe('states', () => {
  it('are told by the reply that counted', () => {
    const [reserve, pay] = story('declined').sagas[0]?.steps ?? [];
    assert.deepEqual(reserve && ofDo(reserve), { tone: 'good', shape: 'check', word: 'reserved' });
    assert.deepEqual(pay && ofDo(pay), { tone: 'bad', shape: 'cross', word: 'declined' });
    assert.deepEqual(reserve?.undo && ofUndo(reserve.undo), {
      tone: 'undone',
      shape: 'undo',
      word: 'released',
    });
    assert.equal(verbOf('Reserved'), undefined);
  });

  it('put what needs a hand before what the order says', () => {
    const row = { kind: 'order', status: 'PENDING', parked: 0 } as const;
    assert.equal(
      ofRow({ ...row, saga: { name: 'place-order', status: 'needs-attention' } }).word,
      'needs attention',
    );
    assert.equal(ofRow({ ...row, parked: 1 }).word, 'parked');
    assert.equal(ofRow({ ...row, status: 'CONFIRMED', parked: 1 }).word, 'Confirmed');
  });
});

describe('a list that somebody points at', () => {
  const row = (correlationId: string, n = 0) => ({ correlationId, n });

  it('keeps its rows in place, shows them as they are now, and counts what came', () => {
    const { rows, news } = held([row('c'), row('b', 2), row('a')], [row('b', 1), row('a')]);
    assert.deepEqual(rows, [row('b', 2), row('a')]);
    assert.equal(news, 1);
  });

  it('is the newest otherwise', () => {
    assert.deepEqual(held([row('a')], undefined), { rows: [row('a')], news: 0 });
    assert.deepEqual(held(undefined, undefined), { rows: undefined, news: 0 });
  });
});

describe('the waterfall', () => {
  const span = (spanId: string, parentId: string | undefined, startMs: number): Span => ({
    traceId: 't',
    spanId,
    ...(parentId ? { parentId } : {}),
    service: 'order',
    name: spanId,
    kind: 'internal',
    startMs,
    durationMs: 4,
    failed: false,
    attributes: {},
  });

  it('sets in what a span began, holds every span once, and survives a ring', () => {
    const { rows, totalMs } = waterfall([
      span('b', 'a', 3),
      span('a', undefined, 0),
      span('d', 'gone', 9),
      span('c', 'b', 5),
    ]);
    assert.deepEqual(
      rows.map(({ span: { spanId }, depth }) => [spanId, depth]),
      [
        ['a', 0],
        ['b', 1],
        ['c', 2],
        ['d', 0],
      ],
    );
    assert.equal(totalMs, 13);
    assert.doesNotThrow(() => waterfall([span('x', 'y', 0), span('y', 'x', 1)]));
    for (const { left, width } of rows) assert.ok(left >= 0 && left + width <= 100.5);
  });
});

describe('a story that has ended', () => {
  const lastAt = '2026-11-26T14:00:00.000Z';
  const after = (ms: number, ended = true) => nextLook({ ended, lastAt }, Date.parse(lastAt) + ms);

  it('is looked at twice more, for its spans', () => {
    assert.deepEqual([after(0), after(1_499), after(1_500), after(7_999)], [1_500, 1, 6_500, 1]);
    assert.deepEqual([after(8_000), after(3_600_000)], [false, false]);
  });

  it('and not while it is listened to', () => {
    assert.equal(after(0, false), false);
  });
});

describe('an answer', () => {
  it('is from before what changed, in doubt', () => {
    assert.deepEqual(
      [0, 899, 900, 5_000].map((ageMs) => isFromBefore(1_000, ageMs)),
      [false, false, true, true],
    );
    // An hour later two clocks may differ by seconds.
    assert.equal(isFromBefore(3_600_000, 3_597_000), true);
    assert.equal(isFromBefore(3_600_000, 3_590_000), false);
  });
});

describe('the basket', () => {
  const products = [{ sku: 'A', price: { amount: 250, currency: 'EUR' } }] as Product[];

  it('holds what was put in, and nothing of what was taken out', () => {
    assert.deepEqual(put(put({}, 'A', 2), 'B', 1), { A: 2, B: 1 });
    assert.deepEqual(put({ A: 2, B: 1 }, 'A', 0), { B: 1 });
    assert.deepEqual(total({ A: 3 }, products, 'EUR'), { amount: 750, currency: 'EUR' });
    assert.deepEqual(toOrder({ A: 3 }, { customerId: 'c', token: 't' }).lines, [{ sku: 'A', quantity: 3 }]);
  });
});

describe('the sparkline', () => {
  it('stays in its box, and is nothing for one value', () => {
    assert.equal(sparkPath([1], 10, 10), '');
    assert.equal(sparkPath([0, 4], 10, 10), 'M0.0,9.0 L10.0,1.0');
  });
});
