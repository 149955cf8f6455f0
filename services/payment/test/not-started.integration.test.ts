/**
 * A refund that comes while nobody has asked the provider yet cancels the charge; on a real Postgres, the
 * provider played.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import { createEffects, type Effects } from '@sagakit/messaging/effects/effects';
import { quiet } from '@sagakit/resilience/log';
import { unobserved } from '@sagakit/messaging/observe';
import { newId } from '@sagakit/resilience/ids';
import { eventually } from '@sagakit/testing/eventually';
import { never, type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { charge } from '../src/domain/payment.ts';
import { payments } from '../src/payments.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

const amount = { amount: 1000, currency: 'EUR' };
const pay = (orderId: OrderId) =>
  recordOf(envelopeOf(ProcessPayment({ orderId, amount, token: 'tok_visa' })));
const undo = (orderId: OrderId) => recordOf(envelopeOf(RefundPayment({ orderId })));

describe('a charge that nobody has started', () => {
  /** Its calls are made when a story says so. */
  let own: Participant;
  let effects: Effects;
  let orderId: OrderId;
  /** Orders that the provider was asked about. */
  let asked: string[];
  /**
   * Whether a charge that is committed now counts as started: there is a place for it, and the provider
   * answers.
   */
  let roomy: boolean;

  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'payment',
      aggregates: [payments],
      migrations: new URL('../prisma/migrations/', import.meta.url),
      startsAtOnce: () => roomy,
    });
  });
  after(() => own.close());
  beforeEach(async () => {
    orderId = newId() as OrderId;
    asked = [];
    roomy = false;
    await own.query('delete from effects; delete from outbox');
    effects = createEffects({
      catalogue,
      pool: own.pool,
      concurrency: 4,
      log: quiet,
      observe: unobserved,
      onResult: (incoming) => own.processor.submit([incoming], never),
      handlers: [
        charge.handledBy({
          timeoutMs: 1_000,
          backoff: { initialMs: 100, maxMs: 100 },
          async call(_, { subject }) {
            asked.push(subject);
            return { outcome: 'succeeded', paymentId: `pay_${subject}` };
          },
        }),
      ],
    });
  });

  const statusOf = async () =>
    (await own.query<{ status: string }>('select status from payments where order_id = $1', [orderId]))[0]
      ?.status;
  const said = () => own.said(orderId);
  const stored = async () => {
    const rows = await own.query(
      'select id, kind, subject, request, cause, attempts, begun as started from effects',
    );
    return rows as Parameters<Effects['take']>[0];
  };
  /** Whoever has it in his queue comes to it now. */
  async function comesToIt(queued: Parameters<Effects['take']>[0]): Promise<void> {
    effects.take(queued);
    await effects.stop();
  }

  async function isCancelled(): Promise<void> {
    const nothing = { orderId, amount: { amount: 0, currency: 'EUR' } };
    assert.deepEqual(await said(), [{ type: 'PaymentRefunded', data: nothing }]);
    assert.equal(await statusOf(), 'UNDONE');
    assert.deepEqual(await stored(), []);
  }

  it('is not made where the refund comes in the same batch', async () => {
    roomy = true;
    await own.process(pay(orderId), undo(orderId));
    await isCancelled();
  });

  it('is not made where it waited for its turn', async () => {
    await own.process(pay(orderId));
    const queued = await stored();
    assert.deepEqual(
      queued.map(({ kind, started }) => [kind, started]),
      [['charge', false]],
    );
    await own.process(undo(orderId));
    await isCancelled();
    await comesToIt(queued);
    assert.deepEqual(asked, []);
    // A send of the same command that was under way is refused for good.
    await own.process(pay(orderId));
    assert.deepEqual((await said()).at(-1), { type: 'PaymentDeclined', data: { orderId, code: 'undone' } });
  });

  it('is made when its turn comes, and is started from then on: a refund waits for its outcome', async () => {
    await own.process(pay(orderId));
    await comesToIt(await stored());
    assert.deepEqual(asked, [orderId]);
    assert.equal(await statusOf(), 'PROCESSED');
  });

  it('and that the release before stored is made as well', async () => {
    await own.process(pay(orderId));
    await own.query(
      `update effects set request = '{"token":"tok_visa","amount":{"amount":1000,"currency":"EUR"}}',
         cause = '{"id":"m","hops":0,"correlationid":"story","traceparent":"00-0-0-00"}'`,
    );
    await comesToIt(await stored());
    const processed = { orderId, paymentId: `pay_${orderId}`, amount };
    assert.deepEqual(await said(), [{ type: 'PaymentProcessed', data: processed }]);
  });

  it('is started at once where there is a place for it: then the refund waits', async () => {
    roomy = true;
    await own.process(pay(orderId));
    await own.process(undo(orderId));
    assert.deepEqual(await said(), []);
    assert.equal(await statusOf(), 'CHARGING');
    assert.equal((await stored()).length, 1);
  });

  it('and is started while the refund is being decided: the refund is decided again, and waits', async () => {
    await own.process(pay(orderId));
    const other = await own.pool.connect();
    try {
      await other.query('begin');
      await other.query('update effects set begun = true');
      const undone = own.process(undo(orderId));
      await eventually('the refund waits for it', async () => {
        const rows = await own.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      await other.query('commit');
      await undone;
    } finally {
      other.release();
    }
    assert.deepEqual(await said(), []);
    assert.equal(await statusOf(), 'CHARGING');
    assert.deepEqual(
      (await stored()).map(({ started }) => started),
      [true],
    );
  });
});
