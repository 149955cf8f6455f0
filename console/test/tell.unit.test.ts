/** Each way a story can end, or stand still, in the very words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawRecord } from '@sagakit/kafka/record';
import { storyOf } from '../src/story/story.ts';
import { deadLetterOf, recordOf } from './records.ts';
import { type Does, inputOf, simulate } from './simulate.ts';

/** @param does what is not `yes` */
const records = (does: Record<string, Does | ((attempt: number) => Does)>, options = {}): RawRecord[] =>
  simulate((command, attempt) => {
    const told = does[command] ?? 'yes';
    return typeof told === 'function' ? told(attempt) : told;
  }, options).records;

const told = (all: readonly RawRecord[]) => storyOf(inputOf(all)).told;
const ORDERED = '1 × Desk lamp was ordered for € 49.00.';

describe('a story that ended is told', () => {
  const golden: [string, Parameters<typeof records>[0], string][] = [
    [
      'confirmed',
      {},
      'The stock was reserved, the card was charged € 49.00, the order was confirmed and the stock was sold. A mail told the customer.',
    ],
    [
      'declined',
      { ProcessPayment: 'no' },
      'The stock was reserved; the card was declined (card-declined), so the reservation was given back and the order was rejected (payment-declined). Nothing was charged. A mail told the customer.',
    ],
    [
      'out of stock',
      { ReserveInventory: 'no' },
      'There was not enough stock, so the order was rejected (out-of-stock). Nothing was charged. A mail told the customer.',
    ],
    [
      'payment was silent and had charged',
      { ProcessPayment: 'silent' },
      'The stock was reserved; payment did not answer in time, so € 49.00 was refunded, the reservation was given back and the order was rejected (no-answer). A mail told the customer.',
    ],
    [
      'payment was silent and had not charged',
      { ProcessPayment: 'silent', RefundPayment: 'nothing' },
      'The stock was reserved; payment did not answer in time, so the payment was called off (nothing had been charged), the reservation was given back and the order was rejected (no-answer). A mail told the customer.',
    ],
    [
      'inventory was silent',
      { ReserveInventory: 'silent', ReleaseInventory: 'nothing' },
      'Inventory did not answer in time, so the reservation was called off (nothing had been reserved) and the order was rejected (no-answer). Nothing was charged. A mail told the customer.',
    ],
    [
      'cancelled before the point of no return',
      { ProcessPayment: 'cancel-then-yes' },
      'The stock was reserved and the card was charged € 49.00; its cancellation was asked for, so € 49.00 was refunded, the reservation was given back and the order was cancelled. A mail told the customer.',
    ],
    [
      'cancelled, and the card was declined meanwhile',
      { ProcessPayment: 'cancel-then-no' },
      'The stock was reserved; its cancellation was asked for, so the reservation was given back and the order was cancelled. Nothing was charged. A mail told the customer.',
    ],
    [
      'cancelled after the point of no return',
      { ConfirmOrder: 'cancel-then-yes' },
      'The stock was reserved, the card was charged € 49.00, the order was confirmed and the stock was sold. Then its cancellation was asked for, so € 49.00 was refunded, the stock was returned and the order was cancelled. A mail told the customer.',
    ],
    [
      'cancelled after it was confirmed',
      { '(complete)': 'cancel-then-yes' },
      'The stock was reserved, the card was charged € 49.00, the order was confirmed and the stock was sold. Then its cancellation was asked for, so € 49.00 was refunded, the stock was returned and the order was cancelled. A mail told the customer.',
    ],
    [
      'an operator stopped it',
      { ProcessPayment: 'operator', RefundPayment: 'nothing' },
      'The stock was reserved; an operator stopped it, so the payment was called off (nothing had been charged), the reservation was given back and the order was rejected (stopped-by-operator). A mail told the customer.',
    ],
    [
      'an undo was insisted on',
      { ProcessPayment: 'silent', RefundPayment: (attempt) => (attempt < 4 ? 'silent' : 'yes') },
      'The stock was reserved; payment did not answer in time, so € 49.00 was refunded, the reservation was given back and the order was rejected (no-answer). A mail told the customer.',
    ],
  ];
  for (const [name, does, expected] of golden) {
    it(name, () => {
      const story = storyOf(inputOf(records(does)));
      assert.equal(story.told, `${ORDERED} ${expected}`);
      assert.equal(story.ended, true);
    });
  }
});

describe('a story that goes on is told', () => {
  it('accepted', () =>
    assert.equal(told(records({ '(placed)': 'stop' })), `${ORDERED} No saga has taken it up yet.`));

  it('waiting', () => {
    assert.equal(
      told(records({ ProcessPayment: 'stop' })),
      `${ORDERED} The stock was reserved. Payment was asked (ProcessPayment) and has not answered yet.`,
    );
  });

  it('turning back', () => {
    assert.equal(
      told(records({ ProcessPayment: 'no', ReleaseInventory: 'stop' })),
      `${ORDERED} The stock was reserved; the card was declined (card-declined). Inventory was asked (ReleaseInventory) and has not answered yet.`,
    );
  });

  it('needs attention', () => {
    const story = storyOf(
      inputOf(records({ ProcessPayment: 'silent', RefundPayment: 'silent' }, { deadlines: 7 })),
    );
    assert.equal(
      story.told,
      `${ORDERED} The stock was reserved; payment did not answer in time. It needs a hand: RefundPayment was sent 7 times, and payment does not answer.`,
    );
    assert.equal(story.ended, false);
  });
});

describe('parked messages are told', () => {
  const waiting = records({ ProcessPayment: 'stop' });
  const command = waiting.at(-1) as RawRecord;

  it('while they wait', () => {
    const all = [...waiting, deadLetterOf(command, { service: 'payment', reason: 'schema-invalid' })];
    assert.match(told(all), /has not answered yet\. Payment parked ProcessPayment \(schema-invalid\)\.$/);
  });

  it('and not once they took effect after all', () => {
    const answered = records({ ProcessPayment: 'yes', ConfirmOrder: 'stop' });
    const all = [...answered, deadLetterOf(command, { service: 'payment', reason: 'schema-invalid' })];
    assert.doesNotMatch(told(all), /parked/);
  });
});

describe('a story without an order is told', () => {
  it('stock', () => {
    const data = { sku: 'SKU-0001', quantity: 5, reason: 'found', available: 9 };
    const story = storyOf(inputOf([recordOf({ type: 'StockAdjusted', data, subject: 'SKU-0001' })]));
    assert.deepEqual(
      [story.kind, story.told, story.ended],
      ['stock', 'The stock of SKU-0001 was adjusted.', true],
    );
  });

  it('of a newer writer', () => {
    const story = storyOf(inputOf([recordOf({ type: 'OrderGiftWrapped', data: {}, subject: 'x' })]));
    assert.deepEqual([story.kind, story.told], ['other', 'order said OrderGiftWrapped about x.']);
  });
});
