import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { StoryEvent } from '../../src/api.ts';
import {
  arrows,
  callWord,
  causalMoments,
  layOut,
  neighbour,
  ROW,
  widthOf,
} from '../../web/src/view/lanes.ts';
import { labelWidth, silenceFrom, timeAxis } from '../../web/src/view/time-axis.ts';
import { answerAt } from '../page/script.ts';
import { recorded } from '../page/stories.ts';

const STORIES = recorded()
  .slice(0, 8)
  .map((played) => ({ kind: played.kind, events: answerAt(played).events }));
const story = (kind: string) => STORIES.find((one) => one.kind === kind)?.events ?? [];

describe('the axis of time', () => {
  const moments = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 40 });

  it('keeps the order: what was later stands right of it, and all stand inside', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 200, max: 2000 }), (times, width) => {
        const { xOf } = timeAxis(times, { width });
        const sorted = [...new Set(times)].sort((a, b) => a - b).map(xOf);
        for (let i = 1; i < sorted.length; i++) assert.ok((sorted[i] ?? 0) > (sorted[i - 1] ?? 0));
        for (const x of sorted) assert.ok(x >= 16 - 1e-6 && x <= width - 16 + 1e-6);
      }),
    );
  });

  it('labels its ticks inside of itself, none on another', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 200, max: 2000 }), (times, width) => {
        const { ticks } = timeAxis(times, { width });
        assert.ok(ticks.length > 0);
        let before = 0;
        for (const { x, label, labelX } of ticks) {
          assert.ok(
            labelX >= before,
            `${label} at ${labelX} stands on the one before, which ends at ${before}`,
          );
          before = labelX + labelWidth(label);
          assert.ok(before <= width + 1e-6, `${label} ends at ${before} of ${width}`);
          assert.ok(x >= labelX && x <= before + 16, `${label} belongs to the tick at ${x}`);
        }
      }),
    );
  });

  it('folds a deadline of two minutes among milliseconds, and says how long it was', () => {
    const axis = timeAxis([0, 5, 11, 15, 120_016, 120_043, 120_060], { width: 1000 });
    assert.deepEqual(
      axis.folds.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [[15, 120_016]],
    );
    assert.ok((axis.folds[0]?.width ?? 0) < 200);
    assert.ok(axis.xOf(120_043) - axis.xOf(120_016) > 100);
  });

  it('folds nothing where all is slow alike', () => {
    assert.deepEqual(timeAxis([0, 2000, 4100, 6000, 8200], { width: 1000 }).folds, []);
    assert.equal(silenceFrom([2000, 2100, 1900]), 24_000);
  });
});

describe('the lanes', () => {
  for (const { kind, events } of STORIES) {
    it(`of a story that is ${kind}: no two names of a lane overlap, and no effect stands left of its cause`, () => {
      for (const width of [500, 700, 1064]) {
        const picture = layOut(events, { width });
        assert.equal(picture.placed.size, events.length);
        const boxes = events.map((event) => {
          const { x, y, side, lane } = picture.placed.get(event.id) ?? {
            x: 0,
            y: 0,
            side: 'right',
            lane: '',
          };
          const [from, to] =
            side === 'right' ? [x - 12, x + 12 + widthOf(event)] : [x - 12 - widthOf(event), x + 12];
          return { lane, y, from, to };
        });
        for (const [i, a] of boxes.entries()) {
          for (const b of boxes.slice(i + 1)) {
            if (a.lane === b.lane && Math.abs(a.y - b.y) < ROW) assert.ok(a.to < b.from || b.to < a.from);
          }
        }
        for (const { id, causationId } of events) {
          const [cause, effect] = [picture.placed.get(causationId ?? ''), picture.placed.get(id)];
          if (cause && effect) assert.ok(cause.x <= effect.x);
        }
      }
    });
  }

  it('show a clock that is behind without putting an effect before its cause', () => {
    const [cause, effect] = story('confirmed') as [StoryEvent, StoryEvent];
    const moments = causalMoments([
      { ...cause, afterMs: 10 },
      { ...effect, causationId: cause.id, afterMs: 7 },
    ]);
    assert.deepEqual([...moments.values()], [10, 10]);
  });

  it('call what was asked outside a call: it may have been refused', () => {
    assert.equal(callWord('effect charge'), 'call to charge');
  });

  it('draw the arrows of one message: from its cause, to its effects', () => {
    const events = story('declined');
    const declined = events.find(({ type }) => type === 'PaymentDeclined') as StoryEvent;
    const drawn = arrows(events, layOut(events, { width: 1000 }), declined.id);
    assert.deepEqual(
      drawn.map(({ from, to }) => [from, to].map((id) => events.find((event) => event.id === id)?.type)),
      [
        ['ProcessPayment', 'PaymentDeclined'],
        ['PaymentDeclined', 'SagaCompensating'],
        ['PaymentDeclined', 'ReleaseInventory'],
      ],
    );
  });

  it('can be walked: in time, and to the nearest of the next lane', () => {
    const events = story('confirmed');
    const picture = layOut(events, { width: 1000 });
    const order = events.map(({ id }) => id);
    const typeAt = (id: string | undefined) => events.find((event) => event.id === id)?.type;
    const from = order[0] as string;
    assert.equal(typeAt(neighbour(picture, order, from, 'End')), 'NotificationSent');
    assert.equal(neighbour(picture, order, from, 'ArrowLeft'), undefined);
    assert.equal(typeAt(neighbour(picture, order, from, 'ArrowRight')), 'SagaStarted');
    assert.equal(typeAt(neighbour(picture, order, from, 'ArrowDown')), 'SagaStarted');
    assert.equal(neighbour(picture, order, from, 'ArrowUp'), undefined);
  });
});
