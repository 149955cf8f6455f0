/**
 * The cancelling saga of a complete order, and replies that are meant for another saga, as the database keeps
 * them.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { InventoryCommitted, InventoryReleased, InventoryReserved } from '@order-saga/contracts/inventory';
import type { Message } from '@sagakit/messages/define';
import {
  OrderCancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
} from '@order-saga/contracts/order';
import { PaymentProcessed, PaymentRefunded } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import { unobserved } from '@sagakit/messaging/observe';
import { newId } from '@sagakit/resilience/ids';
import { contextOf, toEnvelope } from '@sagakit/messaging/to-envelope';
import { type Participant, participant, messagesOf } from '@sagakit/testing/participant';
import { definitionsOf } from '@sagakit/saga/release';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { RELEASE } from '../src/sagas/all.ts';
import { placed } from './messages.ts';

const { envelopeOf, recordOf } = messagesOf(catalogue, 'inventory.commands');

const lines = placed.data.lines.map(({ sku, quantity }) => ({ sku, quantity }));
const amount = placed.data.total;

/** What the participants say to each command. */
const ANSWERS: Record<string, (orderId: OrderId) => Message> = {
  ReserveInventory: (orderId) => InventoryReserved({ orderId, lines }),
  ProcessPayment: (orderId) => PaymentProcessed({ orderId, paymentId: 'pay_1', amount }),
  ConfirmOrder: (orderId) => OrderConfirmed({ orderId, paymentId: 'pay_1' }),
  CommitInventory: (orderId) => InventoryCommitted({ orderId, lines }),
  RefundPayment: (orderId) => PaymentRefunded({ orderId, amount }),
  ReleaseInventory: (orderId) => InventoryReleased({ orderId, lines }),
  CancelOrder: (orderId) => OrderCancelled({ orderId }),
};

type SagaView = {
  saga_id: string;
  name: string;
  status: string;
  earlier: { name: string; status: string }[];
  cancel_request: { id: string } | null;
  last_command: { id: string };
  alarms: number;
};

describe('the cancelling saga', () => {
  let own: Participant;
  const ignored: string[] = [];

  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'saga-orchestrator',
      aggregates: [sagaAggregate(definitionsOf(RELEASE), { source: '/saga-orchestrator', catalogue })],
      migrations: new URL('../prisma/migrations/', import.meta.url),
      observe: { ...unobserved, ignored: (type, reason) => void ignored.push(`${type}: ${reason}`) },
    });
  });
  after(() => own.close());

  const said = async (orderId: OrderId) =>
    (
      await own.query<{ message: string }>('select message from outbox where key = $1 order by id', [orderId])
    ).map(({ message }) => JSON.parse(message) as Envelope);
  /** The newest command of that type. */
  async function asked(orderId: OrderId, type: string): Promise<Envelope> {
    const found = (await said(orderId)).findLast((message) => message.type === type);
    assert.ok(found, `${type} was not sent`);
    return found;
  }
  const replyTo = (command: Envelope): Envelope => {
    const reply = (ANSWERS[command.type] as (orderId: OrderId) => Message)(command.subject as OrderId);
    return toEnvelope(reply, contextOf(command), {
      writer: { source: catalogue.sourceOf(catalogue.definitionOf(reply.type).topic), catalogue },
      sequence: 1,
      now: new Date(),
    });
  };
  async function answer(orderId: OrderId, ...types: string[]): Promise<void> {
    for (const type of types) await own.process(recordOf(replyTo(await asked(orderId, type))));
  }
  async function sagaOf(orderId: OrderId): Promise<SagaView> {
    const [saga] = await own.query<SagaView>(
      `select saga_id, name, status, earlier, cancel_request, last_command,
              (select count(*)::int from deadlines d where d.order_id = s.order_id) as alarms
       from sagas s where order_id = $1`,
      [orderId],
    );
    assert.ok(saga);
    return saga;
  }
  async function begun(): Promise<{ orderId: OrderId; start: Envelope }> {
    const orderId = newId() as OrderId;
    const start = envelopeOf(OrderPlaced({ ...placed.data, orderId }));
    await own.process(recordOf(start));
    return { orderId, start };
  }
  async function cancel(orderId: OrderId): Promise<Envelope> {
    const request = envelopeOf(OrderCancellationRequested({ orderId }));
    await own.process(recordOf(request));
    return request;
  }

  it('asked for on the way is begun with the COMMIT that completes the order, and goes through', async () => {
    const { orderId, start } = await begun();
    await answer(orderId, 'ReserveInventory', 'ProcessPayment');
    const request = await cancel(orderId);
    assert.equal((await sagaOf(orderId)).cancel_request?.id, request.id);
    await answer(orderId, 'ConfirmOrder', 'CommitInventory');

    const refund = await asked(orderId, 'RefundPayment');
    const saga = await sagaOf(orderId);
    assert.deepEqual(
      [saga.saga_id, saga.name, saga.status, saga.cancel_request, saga.last_command.id, saga.alarms],
      [request.id, 'cancel-order', 'running', null, refund.id, 1],
    );
    assert.deepEqual([refund.sagaid, refund.causationid], [request.id, request.id]);
    assert.deepEqual(
      saga.earlier.map(({ name, status }) => [name, status]),
      [['place-order', 'completed']],
    );

    // What comes late for the saga that is complete is not for this one, though it waits for just that.
    const late = { ...replyTo(refund), sagaid: start.id };
    await own.process(recordOf(late));
    assert.deepEqual(await sagaOf(orderId), saga);
    assert.equal(ignored.at(-1), 'PaymentRefunded: reply-to-another-saga');

    await answer(orderId, 'RefundPayment', 'ReleaseInventory', 'CancelOrder');
    const ended = await sagaOf(orderId);
    assert.deepEqual(
      [ended.name, ended.status, ended.earlier.length, ended.alarms],
      ['cancel-order', 'completed', 1, 0],
    );
    const numbers = (await said(orderId)).map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
    );
  });

  it('of an order that is complete is begun at once', async () => {
    const { orderId } = await begun();
    await answer(orderId, 'ReserveInventory', 'ProcessPayment', 'ConfirmOrder', 'CommitInventory');
    const before = await sagaOf(orderId);
    assert.deepEqual([before.name, before.status, before.alarms], ['place-order', 'completed', 0]);
    const request = await cancel(orderId);
    const saga = await sagaOf(orderId);
    assert.deepEqual(
      [saga.saga_id, saga.name, saga.status, saga.alarms],
      [request.id, 'cancel-order', 'running', 1],
    );
  });

  it('is not begun by the request alone: before the point of no return the order is undone by its own saga', async () => {
    const { orderId, start } = await begun();
    await cancel(orderId);
    await answer(orderId, 'ReserveInventory', 'ReleaseInventory', 'CancelOrder');
    const saga = await sagaOf(orderId);
    assert.deepEqual(
      [saga.saga_id, saga.name, saga.status, saga.earlier],
      [start.id, 'place-order', 'compensated', []],
    );
  });
});
