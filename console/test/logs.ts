/** Logs of topics, made up: few ids, stories, sequences and minutes, so that many meet. */
import type { RawRecord } from '@sagakit/kafka/record';
import fc from 'fast-check';
import { deadLetterOf, ORDER_ID, placedData, recordOf, STORY_ID, uuidAt } from './records.ts';

const pick = <T>(...values: T[]) => fc.constantFrom(...values);

export const DATA: Record<string, unknown> = {
  OrderPlaced: placedData(),
  OrderConfirmed: { orderId: ORDER_ID, paymentId: 'p1' },
  OrderRejected: { orderId: ORDER_ID, reason: 'payment-declined' },
  SagaStarted: { orderId: ORDER_ID, saga: 'place-order', version: 1 },
  SagaCompleted: { orderId: ORDER_ID, saga: 'place-order', version: 1 },
  ReleaseInventory: { orderId: ORDER_ID },
  ProductPriceChanged: { sku: 'SKU-1', name: 'Lamp', price: { amount: 7, currency: 'EUR' } },
  NewerWriter: { anything: [1] },
};

/** Few ids, stories, sequences and minutes, so that many meet; each has a place of its own. */
const aMessage = fc
  .record({
    type: pick(...Object.keys(DATA)),
    story: pick(STORY_ID, 'another-story'),
    number: fc.integer({ min: 1, max: 6 }),
    sequence: fc.integer({ min: 1, max: 4 }),
    at: fc.integer({ min: 0, max: 200_000 }),
    source: pick(undefined, '/stranger'),
    partition: pick(0, 1),
  })
  .map(({ type, number, source, ...said }) => ({
    type,
    data: DATA[type],
    id: uuidAt(1_700_000_000_000, number),
    ...(source ? { source } : {}),
    ...said,
  }));

/** A log: records at places of their own, some of them parked too, some of them no messages. */
export const aLog = fc
  .array(fc.tuple(aMessage, pick('message', 'message', 'message', 'parked', 'rubbish')), { maxLength: 25 })
  .map((all) =>
    all.map(([said, what], offset) => {
      const record = recordOf({ ...said, offset });
      if (what === 'parked')
        return deadLetterOf(
          { ...record, offset: '3' },
          { service: 'payment', reason: 'x', at: offset % 3, offset },
        );
      return what === 'rubbish' ? { ...record, value: Buffer.from('{') } : record;
    }),
  );

/** Every record at least once, some of them twice, in any order. */
export const shuffledTwice = (log: RawRecord[]) =>
  fc
    .tuple(fc.subarray([...log]), fc.constant(log))
    .chain(([some]) => fc.shuffledSubarray([...log, ...some], { minLength: log.length + some.length }))
    .map((again) => ({ log, again }));
