/**
 * Two releases of the orchestrator one after the other, on a real Kafka and Postgres: sagas that run keep the
 * version that they started with, new ones take the new one, and a release that does not know a version
 * leaves its sagas alone. The participants are played here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { command, event } from '@sagakit/messages/define';
import type { Envelope } from '@sagakit/messages/envelope';
import { InventoryCommitted, InventoryReleased, InventoryReserved } from '@order-saga/contracts/inventory';
import type { Message } from '@sagakit/messages/define';
import {
  OrderCancellationRequested,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
} from '@order-saga/contracts/order';
import { PaymentProcessed, PaymentRefunded } from '@order-saga/contracts/payment';
import { catalogue as messages } from '@order-saga/contracts/catalogue';
import { TOPICS } from '@order-saga/contracts/topics';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { OrderId } from '@order-saga/contracts/values';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import { quiet } from '@sagakit/resilience/log';
import { newId } from '@sagakit/resilience/ids';
import { contextOf, rootContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { newTraceparent } from '@sagakit/messaging/trace';
import { createPool } from '@sagakit/postgres/pool';
import type { RunningService } from '@sagakit/service-kit/service';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaAs, kafkaSettings } from '@sagakit/testing/infrastructure';
import { call, type SagaView } from '@order-saga/tools/shop/client';
import type pg from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { sagaOrchestrator } from '../src/service.ts';
import { defineSaga, minutes } from '@sagakit/saga/define';
import type { Release } from '@sagakit/saga/release';
import { done, refuse } from '@sagakit/saga/state';
import { cancelOrder } from '../src/sagas/cancel-order.saga.ts';
import { inventory, order, payment } from '../src/sagas/participants.ts';
import { RELEASE } from '../src/sagas/all.ts';
import { placeOrder } from '../src/sagas/place-order.saga.ts';
import { placed } from './messages.ts';

const data = z.object({ orderId: OrderId });
const OrderScreened = event('OrderScreened', 'order.events', data, ({ orderId }) => orderId);
const ScreenOrder = command('ScreenOrder', 'order.commands', data, ({ orderId }) => orderId, [OrderScreened]);
/** The next release's contracts have two messages more. */
const catalogue = createCatalogue({
  name: messages.system,
  topics: TOPICS,
  messages: [...messages.messages.values(), OrderScreened, ScreenOrder],
});

/** The payment moved before the reservation, and a step added at the front. */
const placeOrder2 = defineSaga({
  name: 'place-order',
  version: 2,
  startsOn: OrderPlaced,
  cancelledBy: OrderCancellationRequested,
  refusals: ['out-of-stock', 'payment-declined'],
  begin: ({ orderId, lines, total, payment: { token } }) => ({
    orderId,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    total,
    payment: { token },
  }),
  whenUndone: ({ orderId }) => order.reject({ orderId, reason: 'no-answer' }),
})
  .step('screen-order', {
    send: ({ orderId }) => ScreenOrder({ orderId }),
    on: { OrderScreened: () => done() },
    undo: { kind: 'nothing', because: 'looking changes nothing' },
    within: minutes(2),
  })
  .step('process-payment', {
    send: ({ orderId, total, payment: { token } }) => payment.process({ orderId, amount: total, token }),
    on: {
      PaymentProcessed: ({ paymentId }) => done({ paymentId }),
      PaymentDeclined: ({ code }) => refuse('payment-declined', code),
    },
    undo: ({ orderId }) => payment.refund({ orderId }),
    within: minutes(2),
  })
  .step('reserve-inventory', {
    send: ({ orderId, lines }) => inventory.reserve({ orderId, lines }),
    on: {
      InventoryReserved: () => done(),
      InventoryReservationRejected: ({ missing }) => refuse('out-of-stock', missing),
    },
    undo: ({ orderId }) => inventory.release({ orderId }),
    within: minutes(2),
  })
  .pointOfNoReturn()
  .step('confirm-order', {
    send: ({ orderId, paymentId }) => order.confirm({ orderId, paymentId }),
    on: { OrderConfirmed: () => done() },
    within: minutes(2),
  })
  .step('commit-inventory', {
    send: ({ orderId }) => inventory.commit({ orderId }),
    on: { InventoryCommitted: () => done() },
    within: minutes(2),
  });

const FIRST: Release = { ...RELEASE, started: [placeOrder, cancelOrder], alsoRunning: [] };
const SECOND: Release = { ...RELEASE, started: [placeOrder2, cancelOrder], alsoRunning: [placeOrder] };

const kafka = kafkaAs('participants');
const lines = placed.data.lines.map(({ sku, quantity }) => ({ sku, quantity }));
const amount = placed.data.total;

/** What each participant says to each command. */
const ANSWERS: Record<string, (orderId: OrderId) => Message> = {
  ScreenOrder: (orderId) => OrderScreened({ orderId }),
  ReserveInventory: (orderId) => InventoryReserved({ orderId, lines }),
  ReleaseInventory: (orderId) => InventoryReleased({ orderId, lines }),
  CommitInventory: (orderId) => InventoryCommitted({ orderId, lines }),
  ProcessPayment: (orderId) => PaymentProcessed({ orderId, paymentId: 'pay_1', amount }),
  RefundPayment: (orderId) => PaymentRefunded({ orderId, amount }),
  ConfirmOrder: (orderId) => OrderConfirmed({ orderId, paymentId: 'pay_1' }),
  RejectOrder: (orderId) => OrderRejected({ orderId, reason: 'no-answer' }),
};

describe('two releases', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let pool: pg.Pool;
  let running: RunningService | undefined;
  let participants: { stop(): Promise<void> };
  const mine = new Set<string>();
  /** Commands that nobody answers for now. */
  const held = new Map<string, Envelope[]>();
  const deaths: string[] = [];

  const send = (message: Envelope) =>
    sendRecords(kafka, [
      {
        topic: catalogue.messages.get(message.type)?.topic ?? '',
        key: message.subject,
        value: JSON.stringify(message),
        headers: {},
      },
    ]);
  const say = (message: Message, asked?: Envelope) =>
    send(
      toEnvelope(message, asked ? contextOf(asked) : rootContext(newId(), newTraceparent()), {
        writer: { source: catalogue.sourceOf(catalogue.definitionOf(message.type).topic), catalogue },
        sequence: 1,
        now: new Date(),
      }),
    );
  const answer = (asked: Envelope) =>
    say((ANSWERS[asked.type] as (id: OrderId) => Message)(asked.subject as OrderId), asked);

  async function release(which: Release): Promise<string> {
    await running?.stop();
    running = await sagaOrchestrator(which, catalogue).start(
      {
        PORT: '0',
        DATABASE_URL: database.url,
        ...kafkaSettings(),
        AUTH: 'off',
        LOG_LEVEL: 'silent',
        SHUTDOWN_DELAY_MS: '0',
      },
      { onDead: ({ message }) => deaths.push(message) },
    );
    return `http://127.0.0.1:${running.port}`;
  }
  const place = async () => {
    const orderId = newId() as OrderId;
    mine.add(orderId);
    await say(OrderPlaced({ ...placed.data, orderId }));
    return orderId;
  };
  const steps = async (url: string, orderId: string) => {
    const { body } = await call<SagaView & { version: number }>(`${url}/sagas/${orderId}`);
    return { version: body.version, status: body.status, steps: body.steps?.map(({ name }) => name) };
  };
  const ended = (url: string, orderId: string) =>
    eventually(
      'the saga ends',
      async () => (await steps(url, orderId)).status === 'completed' && steps(url, orderId),
    );
  const waitsAt = (url: string, orderId: string, step: string) =>
    eventually(`it waits at ${step}`, async () => (await steps(url, orderId)).steps?.at(-1) === step, {
      seen: () => [...held.keys()],
    });
  const letGo = async (type: string) => {
    const waiting = held.get(type) ?? [];
    held.delete(type);
    for (const asked of waiting) await answer(asked);
  };
  const ready = (url: string) => call<{ reason?: string }>(`${url}/health/ready`);

  before(async () => {
    database = await freshDatabase();
    pool = createPool({ address: database.url, service: 'test', max: 2 }, pino({ level: 'silent' }));
    participants = await tailTopics(kafka, {
      topics: ['order.commands', 'inventory.commands', 'payment.commands'],
      fromBeginning: false,
      log: quiet,
      onMessage: ({ message }) => {
        if (!message || !mine.has(message.subject)) return;
        const holding = held.get(message.type);
        if (holding) holding.push(message);
        else void answer(message);
      },
    });
  });
  after(async () => {
    await running?.stop();
    await participants.stop();
    await pool.end();
    await database.drop();
  });

  it('a saga that runs keeps its version, a new one takes the new one, and both end right', async () => {
    const first = await release(FIRST);
    held.set('ProcessPayment', []);
    const old = await place();
    await waitsAt(first, old, 'process-payment');

    const second = await release(SECOND);
    const young = await place();
    await waitsAt(second, young, 'process-payment');
    await letGo('ProcessPayment');
    const rest = ['confirm-order', 'commit-inventory'];
    assert.deepEqual(await ended(second, old), {
      version: 1,
      status: 'completed',
      steps: ['reserve-inventory', 'process-payment', ...rest],
    });
    assert.deepEqual(await ended(second, young), {
      version: 2,
      status: 'completed',
      steps: ['screen-order', 'process-payment', 'reserve-inventory', ...rest],
    });
  });

  it('a release that does not know a version is not ready, says so, and parks nothing; the one that knows it goes on', async () => {
    const second = await release(SECOND);
    held.set('ReserveInventory', []);
    const young = await place();
    await waitsAt(second, young, 'reserve-inventory');

    const first = await release(FIRST);
    const refused = await eventually('it says why', async () => {
      const { status, body } = await ready(first);
      return status === 503 && body.reason?.includes('version 2') && body.reason;
    });
    assert.equal(refused, 'this release does not have version 2 of place-order (1 live)');
    await letGo('ReserveInventory');

    const again = await release(SECOND);
    assert.equal((await ended(again, young)).version, 2);
    assert.deepEqual((await pool.query('select from dead_letters')).rows, []);
  });

  it('a replica of the old release that meets the new version at work leaves, and parks nothing', async () => {
    const first = await release(FIRST);
    await eventually('it consumes', async () => (await ready(first)).status === 200);
    held.set('ProcessPayment', []);
    const orderId = await place();
    await waitsAt(first, orderId, 'process-payment');
    // Beside it the next release has taken the order further than this one can follow.
    await pool.query(
      `update sagas set saga_version = 2, state = jsonb_set(state, '{version}', '2') where order_id = $1`,
      [orderId],
    );
    await letGo('ProcessPayment');
    await eventually('it asks for its end', () => deaths.length > 0);
    assert.match(deaths[0] ?? '', /does not have version 2 of place-order/);
    assert.deepEqual((await pool.query('select from dead_letters')).rows, []);
    await pool.query(
      `update sagas set saga_version = 1, state = jsonb_set(state, '{version}', '1') where order_id = $1`,
      [orderId],
    );
    const back = await release(FIRST);
    assert.equal((await ended(back, orderId)).version, 1);
  });
});
