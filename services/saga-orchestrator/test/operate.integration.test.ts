/** An operator's word to a saga, on a real Postgres: once, also where the answer to its COMMIT is lost. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { OrderPlaced } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { createPool } from '@sagakit/postgres/pool';
import { retriedTransaction } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import { operate, type OperatorRequest } from '@sagakit/saga/operator/operate';
import { definitionsOf } from '@sagakit/saga/release';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { messagesOf, type Participant, participant } from '@sagakit/testing/participant';
import { type Cut, cuttingProxy } from '@sagakit/testing/wire';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { RELEASE } from '../src/sagas/all.ts';
import { placed } from './messages.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'order.events');
const definitions = definitionsOf(RELEASE);
const writer = { source: '/saga-orchestrator', catalogue };

describe("an operator's word whose COMMIT is cut", () => {
  let own: Participant;
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'saga-orchestrator',
      aggregates: [sagaAggregate(definitions, writer)],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
  });
  after(() => own.close());

  async function running(): Promise<OrderId> {
    const orderId = newId() as OrderId;
    await own.process(recordOf(envelopeOf(OrderPlaced({ ...placed.data, orderId }))));
    return orderId;
  }
  async function said(request: OperatorRequest, cut: Cut): Promise<string | undefined> {
    const cuts = [cut];
    const proxy = await cuttingProxy(own.url, cuts);
    const pool = createPool({ address: proxy.url, service: 'test', max: 2 }, pino({ level: 'silent' }));
    const outcome = await retriedTransaction(pool, (tx) =>
      operate(tx, request, { definitions, writer, outbox: own.options.outbox }),
    )
      .finally(() => pool.end())
      .finally(proxy.close);
    assert.deepEqual(cuts, []);
    return outcome;
  }
  const audited = (orderId: OrderId) =>
    own.query('select action, outcome from operator_actions where order_id = $1', [orderId]);

  for (const cut of ['before', 'after'] as const) {
    it(`${cut} it is written down once, and is done`, async () => {
      const orderId = await running();
      const note = { id: newId(), subject: orderId, action: 'note', by: 'me', text: 'a word' } as const;
      assert.equal(await said(note, cut), 'done');
      assert.deepEqual(await audited(orderId), [{ action: 'note', outcome: 'done' }]);
    });
    it(`${cut} it turns the saga back once, and says so`, async () => {
      const orderId = await running();
      const before = (await own.said(orderId)).length;
      const back = {
        id: newId(),
        subject: orderId,
        action: 'compensate',
        by: 'me',
        text: 'asked for',
      } as const;
      assert.equal(await said(back, cut), 'done');
      assert.deepEqual(
        (await own.said(orderId)).slice(before).map(({ type }) => type),
        ['SagaCompensating', 'ReleaseInventory'],
      );
      assert.deepEqual(await audited(orderId), [{ action: 'compensate', outcome: 'done' }]);
    });
  }
});
