import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderId } from '@order-saga/contracts/values';
import { contextOf } from '@sagakit/testing/decision';
import { writeMail } from '../src/domain/mail.ts';
import {
  mail,
  mailSent,
  type Recipient,
  rememberContact,
  tellCancelled,
  tellConfirmed,
  tellRejected,
} from '../src/domain/recipient.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const ada: Recipient = { email: 'ada@example.com', name: 'Ada', asked: [] };
const about = { orderId };
const contact = {
  email: 'ada@example.com',
  name: 'Ada',
  address: { street: 'a', city: 'b', postalCode: 'c', country: 'd' },
};
const placed = {
  orderId,
  customerId: 'c',
  lines: [],
  total: { amount: 1, currency: 'EUR' },
  payment: { token: 't' },
  contact,
};
const request = (decision: ReturnType<typeof tellConfirmed>) =>
  decision.kind === 'decided' ? decision.effects[0]?.request : decision.reason;

describe('a customer', () => {
  it('is remembered from the order', () => {
    const decision = rememberContact(undefined, placed);
    assert.deepEqual(decision.kind === 'decided' && decision.state, ada);
  });
  it('is told of each outcome', () => {
    assert.deepEqual(request(tellConfirmed(ada, { ...about, paymentId: 'p' })), {
      kind: 'order-confirmed',
      to: 'ada@example.com',
      name: 'Ada',
    });
    assert.deepEqual(request(tellCancelled(ada, about)), {
      kind: 'order-cancelled',
      to: 'ada@example.com',
      name: 'Ada',
    });
    assert.deepEqual(request(tellRejected(ada, { ...about, reason: 'out-of-stock' })), {
      kind: 'order-rejected',
      to: 'ada@example.com',
      name: 'Ada',
      reason: 'out-of-stock',
    });
  });
  it('is told once', () =>
    assert.equal(
      request(tellConfirmed({ ...ada, asked: ['order-confirmed'] }, { ...about, paymentId: 'p' })),
      'told-already',
    ));
  it('that nobody knows is not told', () =>
    assert.equal(request(tellConfirmed(undefined, { ...about, paymentId: 'p' })), 'no-contact'));
  it('has been told when the mail server took the mail', () => {
    const decision = mailSent(ada, { kind: 'order-confirmed', to: ada.email }, contextOf(orderId));
    assert.deepEqual(decision.kind === 'decided' && decision.messages[0]?.data, {
      orderId,
      kind: 'order-confirmed',
    });
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
