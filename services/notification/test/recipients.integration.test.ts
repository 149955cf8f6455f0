/**
 * Contact and outcome come on two topics, in either order; both can be taken back. On a real Postgres: which
 * mails are asked for, what the ledger says, what is left of who was told.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import { ContactProvided, OrderConfirmed } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import type { EffectRow } from '@sagakit/messaging/effects/effect-rows';
import { resultOf } from '@sagakit/messaging/effects/result';
import { newId } from '@sagakit/resilience/ids';
import { messagesOf, never, type Participant, participant } from '@sagakit/testing/participant';
import { mail } from '../src/domain/recipient.ts';
import { recipients } from '../src/recipients.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue);
const contact = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: { street: '12 St James Square', city: 'London', postalCode: 'SW1Y', country: 'UK' },
};
const provided = (orderId: OrderId) =>
  envelopeOf(ContactProvided({ orderId, customerId: 'customer-1', contact }));
const confirmed = (orderId: OrderId) => envelopeOf(OrderConfirmed({ orderId, paymentId: 'p' }));
/** As an order service of the release before writes it. */
const placedBefore = (orderId: OrderId) => ({
  ...provided(orderId),
  type: 'OrderPlaced',
  data: { orderId, customerId: 'customer-1', lines: [], contact },
});
const takenBack = (orderId: OrderId) => ({ ...recordOf(provided(orderId)), value: null, headers: [] });

describe('who is told', () => {
  let own: Participant;
  const asked: EffectRow[] = [];
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'notification',
      aggregates: [recipients],
      migrations: new URL('../prisma/migrations/', import.meta.url),
      onEffects: (effects) => void asked.push(...effects),
    });
  });
  after(() => own.close());
  const askedFor = (orderId: OrderId) => asked.filter(({ subject }) => subject === orderId);
  const mailTaken = ({ id, subject, cause }: EffectRow) =>
    own.processor.submit(
      [resultOf({ id, subject, cause }, mail.resultType, { kind: 'order-confirmed' }, cause.traceparent)],
      never,
    );
  const newOrder = () => newId() as OrderId;
  const request = { kind: 'order-confirmed', to: contact.email, name: contact.name };

  for (const [words, first, second] of [
    ['the contact first', provided, confirmed],
    ['the outcome first', confirmed, provided],
    ['the contact in an OrderPlaced of the release before, first', placedBefore, confirmed],
    ['the outcome first, and then an OrderPlaced of the release before', confirmed, placedBefore],
  ] as const) {
    for (const together of [true, false])
      it(`is told once: ${words}, ${together ? 'in one batch' : 'one after the other'}`, async () => {
        const orderId = newOrder();
        const outcome = [first(orderId), second(orderId)];
        const records = outcome.map((message) => recordOf(message));
        if (together) await own.process(...records);
        else for (const record of records) await own.process(record);
        await own.query('delete from inbox');
        await own.process(...records); // the topics are read again, long after
        const [effect, ...more] = askedFor(orderId);
        assert.ok(effect);
        assert.deepEqual(more, []);
        assert.deepEqual(effect.request, request);
        const told = outcome.find(({ type }) => type === 'OrderConfirmed');
        assert.equal(effect.cause.id, told?.id, 'the mail is sent in the name of the outcome');
        await mailTaken(effect);
        assert.deepEqual(await own.said(orderId), [
          { type: 'NotificationSent', data: { orderId, kind: 'order-confirmed' } },
        ]);
        const ledger = await own.query('select kind, "to" from notifications where order_id = $1', [orderId]);
        assert.deepEqual(ledger, [{ kind: 'order-confirmed', to: contact.email }]);
      });
  }

  it('is nobody any more once the contact is taken back, in the ledger too, and never again', async () => {
    const [told, waiting] = [newOrder(), newOrder()];
    await own.process(recordOf(provided(told)), recordOf(confirmed(told)), recordOf(confirmed(waiting)));
    await mailTaken(askedFor(told)[0] ?? assert.fail());
    await own.process(...[told, waiting].map(takenBack));
    await own.query('delete from inbox');
    // A reader that begins anew may meet what is not yet compacted, and outcomes come when they come.
    for (const orderId of [told, waiting])
      await own.process(recordOf(provided(orderId)), recordOf(confirmed(orderId)));
    assert.equal(askedFor(told).length, 1);
    assert.deepEqual(askedFor(waiting), []);
    const left = await own.query(
      'select email, name, waiting, erased from recipients where order_id = any($1::uuid[])',
      [[told, waiting]],
    );
    assert.deepEqual(left, Array(2).fill({ email: null, name: null, waiting: [], erased: true }));
    const ledger = await own.query('select "to" from notifications where order_id = $1', [told]);
    assert.deepEqual(ledger, [{ to: '' }]);
  });

  it('of whom nothing was said is not there afterwards either', async () => {
    const orderId = newOrder();
    await own.process(takenBack(orderId));
    assert.deepEqual(await own.query('select from recipients where order_id = $1', [orderId]), []);
  });

  it('is not looked up in an OrderPlaced without a contact: it leaves no trace', async () => {
    const placed = placedBefore(newOrder());
    const { contact: _, ...data } = placed.data;
    await own.process(recordOf({ ...placed, data }), recordOf({ ...placed, data: {} }));
    const inbox = await own.query('select from inbox where id = $1', [placed.id]);
    assert.deepEqual(inbox, []);
    assert.deepEqual(await own.query('select from dead_letters'), []);
  });
});
