/** What a customer reads, word for word, and what is not told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderId } from '@order-saga/contracts/values';
import { contextOf } from '@sagakit/testing/decision';
import { withoutRecipient } from '../src/mailer.ts';
import { writeMail } from '../src/domain/mail.ts';
import { mailSent, type Recipient, tellConfirmed } from '../src/domain/recipient.ts';

const orderId = '01900000-0000-7000-8000-000000000001' as OrderId;
const ada: Recipient = { status: 'known', email: 'ada@example.com', name: 'Ada', asked: [] };

describe('the mail', () => {
  const mail = (kind: 'order-confirmed' | 'order-rejected' | 'order-cancelled', reason?: string) =>
    writeMail(orderId, {
      kind,
      to: 'ada@example.com',
      name: 'Ada',
      ...(reason === undefined ? {} : { reason }),
    });
  const text = (body: string) => `Hello Ada,\n\n${body}\n\nOrder ${orderId}\n`;
  it('of a confirmed order', () => {
    assert.deepEqual(mail('order-confirmed'), {
      subject: 'Your order is confirmed',
      text: text('your order is confirmed and on its way.'),
    });
  });
  it('of a cancelled order', () => {
    assert.deepEqual(mail('order-cancelled'), {
      subject: 'Your order is cancelled',
      text: text('your order is cancelled. What you paid goes back to you.'),
    });
  });
  for (const [reason, because] of [
    ['out-of-stock', 'what you ordered is sold out'],
    ['payment-declined', 'your payment was declined'],
    ['no-answer', 'we could not complete it in time'],
    ['stopped-by-operator', 'we had to stop it'],
    ['a reason of a later release', 'it could not be completed'],
    [undefined, 'it could not be completed'],
  ] as const) {
    it(`of an order that was not accepted: ${reason ?? 'no reason'}`, () => {
      assert.deepEqual(mail('order-rejected', reason), {
        subject: 'Your order was not accepted',
        text: text(`we are sorry: ${because}. You were not charged.`),
      });
    });
  }
});

describe('a customer', () => {
  it('who is told is noted, and nothing is said before the mail is sent', () => {
    assert.deepEqual(tellConfirmed(ada, { orderId, paymentId: 'p' }, contextOf(orderId)), {
      kind: 'decided',
      state: { ...ada, asked: ['order-confirmed'] },
      messages: [],
      effects: [{ kind: 'mail', request: { kind: 'order-confirmed', to: 'ada@example.com', name: 'Ada' } }],
      cancels: [],
    });
  });
  it('of whom nobody knows was told nothing, by name', () => {
    const sent = mailSent(undefined, { kind: 'order-confirmed' }, contextOf(orderId));
    assert.deepEqual(sent, { kind: 'ignored', reason: 'no-contact' });
  });
});

describe('a mail that could not be sent', () => {
  const said = (message: string, more: object = {}) =>
    withoutRecipient(Object.assign(new Error(message), more)).message;
  it('says why, and nothing of whom it was for', () => {
    const refused = "Can't send mail - all recipients were rejected: 550 <ada@example.com>: Ada is unknown";
    assert.equal(
      said(refused, { code: 'EENVELOPE', responseCode: 550, rejected: ['ada@example.com'] }),
      'EENVELOPE 550 the mail server refused it',
    );
    assert.equal(
      said('Invalid ada@example.com', { code: 'EENVELOPE' }),
      'EENVELOPE the mail server refused it',
    );
    assert.equal(
      said('connect ECONNREFUSED 127.0.0.1:1025', { code: 'ESOCKET' }),
      'ESOCKET connect ECONNREFUSED 127.0.0.1:1025',
    );
  });
});
