import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderId } from '@order-saga/contracts/values';
import type { Decision } from '@sagakit/messaging/aggregate/decision';
import { contextOf } from '@sagakit/testing/decision';
import { writeMail } from '../src/domain/mail.ts';
import {
  forgetContact,
  mail,
  mailSent,
  type Recipient,
  rememberContact,
  tellCancelled,
  tellConfirmed,
  tellRejected,
} from '../src/domain/recipient.ts';
import { OrderPlacedWithContact } from '../src/release-before.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const ada: Recipient = { status: 'known', email: 'ada@example.com', name: 'Ada', asked: [] };
const erased: Recipient = { status: 'erased', asked: [] };
const about = { orderId };
const context = contextOf(orderId);
const cause = context.message;
const contact = {
  email: 'ada@example.com',
  name: 'Ada',
  address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
};
const provided = { orderId, customerId: 'c', contact };
const confirmed = { ...about, paymentId: 'p' };
const outOfStock = { ...about, reason: 'out-of-stock' } as const;
const decided = (decision: Decision<Recipient>) =>
  decision.kind === 'decided' ? decision : assert.fail(`ignored: ${decision.reason}`);
const requests = (decision: Decision<Recipient>) => decided(decision).effects.map(({ request }) => request);
const reason = (decision: Decision<Recipient>) => decision.kind === 'ignored' && decision.reason;

describe('a customer', () => {
  it('is remembered from what was provided', () =>
    assert.deepEqual(decided(rememberContact(undefined, provided)).state, ada));
  it('is told of each outcome', () => {
    const to = { to: 'ada@example.com', name: 'Ada' };
    assert.deepEqual(requests(tellConfirmed(ada, confirmed, context)), [{ kind: 'order-confirmed', ...to }]);
    assert.deepEqual(requests(tellCancelled(ada, about, context)), [{ kind: 'order-cancelled', ...to }]);
    assert.deepEqual(requests(tellRejected(ada, outOfStock, context)), [
      { kind: 'order-rejected', ...to, reason: 'out-of-stock' },
    ]);
  });
  it('is told once', () =>
    assert.equal(
      reason(tellConfirmed({ ...ada, asked: ['order-confirmed'] }, confirmed, context)),
      'told-already',
    ));
  it('has been told when the mail server took the mail', () =>
    assert.deepEqual(
      decided(mailSent(ada, { kind: 'order-confirmed' }, context)).messages.map(({ data }) => data),
      [{ orderId, kind: 'order-confirmed' }],
    ));
});

describe('an outcome that comes before the contact', () => {
  const waiting = decided(tellConfirmed(undefined, confirmed, context)).state;
  it('waits for it, and no mail is asked for', () => {
    assert.deepEqual(waiting, { status: 'awaited', waiting: [{ kind: 'order-confirmed', cause }] });
    assert.deepEqual(requests(tellConfirmed(undefined, confirmed, context)), []);
    assert.equal(reason(tellConfirmed(waiting, confirmed, context)), 'waits-already');
  });
  it('is told when it comes, once, in the name of the outcome', () => {
    const decision = decided(rememberContact(waiting, provided));
    assert.deepEqual(decision.state, { ...ada, asked: ['order-confirmed'] });
    assert.deepEqual(decision.effects, [
      { ...mail({ kind: 'order-confirmed', to: 'ada@example.com', name: 'Ada' }), cause },
    ]);
    assert.equal(reason(tellConfirmed(decision.state, confirmed, context)), 'told-already');
    assert.equal(reason(rememberContact(decision.state, provided)), 'contact-known-already');
  });
  it('waits with another', () => {
    const both = decided(tellCancelled(waiting, about, context)).state;
    assert.deepEqual(
      requests(rememberContact(both, provided)).map((request) => (request as { kind: string }).kind),
      ['order-confirmed', 'order-cancelled'],
    );
    const refused = decided(tellRejected(undefined, outOfStock, context)).state;
    assert.deepEqual(requests(rememberContact(refused, provided)), [
      { kind: 'order-rejected', to: 'ada@example.com', name: 'Ada', reason: 'out-of-stock' },
    ]);
  });
  for (const [words, one, other] of [
    ['contact first', provided, confirmed],
    ['outcome first', confirmed, provided],
  ] as const)
    it(`and one that comes after lead to the same: ${words}`, () => {
      const step = (state: Recipient | undefined, what: object) =>
        decided(
          'contact' in what ? rememberContact(state, provided) : tellConfirmed(state, confirmed, context),
        );
      const first = step(undefined, one);
      const second = step(first.state, other);
      assert.deepEqual(second.state, { ...ada, asked: ['order-confirmed'] });
      assert.deepEqual(
        [...first.effects, ...second.effects].map(({ request }) => request),
        [{ kind: 'order-confirmed', to: 'ada@example.com', name: 'Ada' }],
      );
    });
});

describe('a contact that is taken back', () => {
  it('is forgotten, whatever was known', () => {
    const awaited = decided(tellConfirmed(undefined, confirmed, context)).state;
    for (const before of [awaited, ada]) assert.deepEqual(decided(forgetContact(before)).state, erased);
    assert.deepEqual(decided(forgetContact(awaited)).effects, []);
    assert.deepEqual(decided(forgetContact({ ...ada, asked: ['order-confirmed'] })).state, {
      ...erased,
      asked: ['order-confirmed'],
    });
    assert.equal(reason(forgetContact(erased)), 'contact-erased-already');
    assert.equal(reason(forgetContact(undefined)), 'no-contact');
  });
  it('does not come back, and nothing is told any more, by name', () => {
    assert.equal(reason(rememberContact(erased, provided)), 'contact-erased');
    assert.equal(reason(tellConfirmed(erased, confirmed, context)), 'contact-erased');
  });
  it('while its mail is on its way: that it was sent is told', () =>
    assert.equal(decided(mailSent(erased, { kind: 'order-confirmed' }, context)).messages.length, 1));
});

describe('an OrderPlaced of the release before', () => {
  const { schema, concerns, subjectOf, ...rest } = OrderPlacedWithContact;
  it('is of concern if the contact is in it', () => {
    assert.deepEqual(
      [{ orderId, contact }, { orderId, contact: null }, { orderId }, null, 'x', undefined].map((data) =>
        concerns?.(data),
      ),
      [true, true, false, false, false, false],
    );
  });
  it('says it as ContactProvided does', () => {
    const data = schema.parse({ orderId, customerId: 'c', lines: [], contact });
    assert.equal(subjectOf(data), orderId);
    assert.deepEqual(decided(rememberContact(undefined, data)).state, ada);
    assert.equal(schema.safeParse({ orderId, contact: { email: 'ada' } }).success, false);
    assert.deepEqual(rest, { type: 'OrderPlaced', kind: 'event', topic: 'order.events', version: '1.0' });
  });
});

describe('a mail', () => {
  it('says why an order was not accepted', () => {
    const { text } = writeMail(orderId, {
      kind: 'order-rejected',
      to: '',
      name: 'Ada',
      reason: 'payment-declined',
    });
    assert.match(text, /Hello Ada,[\s\S]*your payment was declined[\s\S]*Order 01900000/);
  });
});

describe('the call of the mail server', () => {
  it('has the names under which it is stored, logged and counted, whatever is deployed beside', () => {
    assert.deepEqual([mail.kind, mail.resultType], ['mail', 'MailSent']);
  });
});
