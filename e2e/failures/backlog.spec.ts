/** A service that was away meets a long backlog: it is read to its end in bounded memory. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { RefundPayment } from '@order-saga/contracts/payment';
import type { OrderId } from '@order-saga/contracts/values';
import { inChunks } from '@sagakit/kafka/chunks';
import { lagOf } from '@sagakit/kafka/admin/offsets';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { newId } from '@sagakit/resilience/ids';
import { messagesOf } from '@sagakit/testing/participant';
import { kafkaOf } from '../../tools/stack/state.ts';
import {
  call,
  eventually,
  expect,
  kill,
  orderBody,
  restart,
  shop,
  someSku,
  stack,
  test,
} from '../support/story.ts';
import { memoryOf } from '../support/usage.ts';

const { envelopeOf } = messagesOf(catalogue, 'inventory.commands');

/** `BACKLOG=100000 npm run e2e -- failures/backlog` is the long version. */
const BACKLOG = Number(process.env['BACKLOG'] ?? 5_000);
test.setTimeout(180_000 + BACKLOG * 10);

test(`a backlog of ${BACKLOG} commands: all are answered, memory stays, and the next order goes through`, async () => {
  const connection = kafkaOf(stack(), 'test');
  await kill('payment');
  // Undos of orders that nobody knows: each leaves a cancellation marker and is answered, which is all the
  // work that a command can be.
  const records = Array.from({ length: BACKLOG }, () => {
    const orderId = newId() as OrderId;
    const message = envelopeOf(RefundPayment({ orderId }));
    return { topic: RefundPayment.topic, key: orderId, value: JSON.stringify(message), headers: {} };
  });
  for (const chunk of inChunks(records, (record) => record)) await sendRecords(connection, chunk);
  expect(await lagOf(connection, 'payment', ['payment.commands'])).toBeGreaterThanOrEqual(BACKLOG);

  await restart('payment');
  const began = Date.now();
  let peakMb = 0;
  await eventually(
    'the backlog is read',
    async () => {
      peakMb = Math.max(peakMb, memoryOf('payment'));
      return (await lagOf(connection, 'payment', ['payment.commands'])) === 0;
    },
    { withinMs: 60_000 + BACKLOG * 5, everyMs: 200 },
  );
  const seconds = (Date.now() - began) / 1000;
  console.log(`  ${BACKLOG} commands in ${seconds.toFixed(1)} s, memory at most ${peakMb.toFixed(0)} MB`);
  const last = records.at(-1)?.key ?? '';
  expect((await call<{ status: string }>(`${shop.urls.payment}/payments/${last}`)).body.status).toBe(
    'UNDONE',
  );
  expect(peakMb).toBeLessThan(500);

  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  expect((await shop.ended(orderId, 90_000)).status).toBe('CONFIRMED');
  await eventually(
    'the answers are read too',
    async () => (await lagOf(connection, 'saga-orchestrator', ['payment.events'])) === 0,
    {
      withinMs: 60_000 + BACKLOG * 5,
    },
  );
});
