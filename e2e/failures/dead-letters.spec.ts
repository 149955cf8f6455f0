/**
 * What an operator does with parked messages, by the tool: nothing overtakes, nothing is lost, pressing twice
 * does no harm.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { kafkaOf, ROOT } from '../../tools/stack/state.ts';
import {
  actor,
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

type DeadLetter = { id: string; status: string; reason: string; type?: string; attempts: number };

/** The tool's output; with `refused` it must end with an exit code, and the words are given back. */
async function tool(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    path.join(ROOT, 'tools/dead-letters/main.ts'),
    ...args,
  ]);
  return stdout;
}
const refused = (...args: string[]) =>
  tool(...args).then(
    () => expect(`${args.join(' ')} was done`).toBe('refused'),
    (error: { stderr: string }) => error.stderr,
  );

const deadLettersOf = async (orderId: string) =>
  (
    await call<{ items: DeadLetter[] }>(`${shop.urls.inventory}/dead-letters?key=${orderId}`)
  ).body.items.toReversed();
const deadLetterOf = async (id: string) =>
  (
    await call<{ outcome?: { caused: { type: string; data: object }[] } }>(
      `${shop.urls.inventory}/dead-letters/${id}`,
    )
  ).body;

/** An order whose ReserveInventory waits behind garbage of its key. */
async function orderBehindGarbage(
  sku: string,
): Promise<{ orderId: string; garbage: DeadLetter; reserve: DeadLetter }> {
  await kill('saga-orchestrator');
  const { orderId } = await shop.placed(orderBody([{ sku, quantity: 1 }]));
  await sendRecords(kafkaOf(stack(), 'attacker'), [
    { topic: 'inventory.commands', key: orderId, value: '{"half', headers: { 'x-from': 'attacker' } },
  ]);
  await eventually('the garbage is parked', async () => (await deadLettersOf(orderId)).length === 1);
  await restart('saga-orchestrator');
  await eventually('the command waits behind it', async () => (await deadLettersOf(orderId)).length === 2);
  const [garbage, reserve] = (await deadLettersOf(orderId)) as [DeadLetter, DeadLetter];
  expect([garbage.reason, garbage.attempts]).toEqual(['not-json', 1]);
  expect([reserve.reason, reserve.attempts, reserve.type]).toEqual(['waits-behind', 0, 'ReserveInventory']);
  return { orderId, garbage, reserve };
}

test('a command that waits behind garbage of its key: shown, tried, discarded, and the order goes through', async () => {
  const { orderId, garbage, reserve } = await orderBehindGarbage(someSku());
  const other = (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]))).orderId;
  expect((await shop.ended(other)).status).toBe('CONFIRMED');
  expect((await shop.order(orderId)).status).toBe('PENDING');

  const listed = await tool('list', '--service', 'inventory', '--key', orderId);
  expect(listed).toContain(garbage.id);
  expect(listed).toContain('2 messages');
  expect(
    await tool('list', '--type', 'ReserveInventory', '--key', orderId, '--reason-is', 'waits-behind'),
  ).toContain('1 message.');
  const shown = await tool('show', reserve.id);
  expect(shown).toContain(`waits behind ${garbage.id}`);
  expect(shown).toContain('order PENDING');
  expect(shown).toContain('reserve-inventory');

  expect(await tool('show', garbage.id)).toContain('header x-from: attacker');
  expect(await refused('replay', reserve.id)).toContain(garbage.id);
  expect(await refused('replay', garbage.id)).toContain('1 message stays parked');
  expect(await tool('replay', reserve.id, '--dry-run')).toContain('would be replayed: InventoryReserved');
  expect(await refused('discard', garbage.id)).toContain('--reason is missing');
  expect((await shop.order(orderId)).status).toBe('PENDING');

  expect(await tool('discard', garbage.id, '--reason', 'tried', '--dry-run')).toContain(
    `${garbage.id}  would be discarded`,
  );
  expect(await refused('discard', garbage.id, '--all', '--reason', 'both')).toContain(
    '--all: is for all that the filters select',
  );
  expect((await deadLettersOf(orderId)).map(({ status }) => status)).toEqual(['parked', 'parked']);
  expect(await tool('discard', garbage.id, '--reason', 'an attack', '--by', 'ada')).toContain(
    '1 that waited behind it',
  );
  expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
  expect(await refused('discard', garbage.id, '--reason', 'again')).toContain('was discarded before');
  expect(await tool('show', garbage.id)).toContain(
    `${actor('ada', 'operator')}: discard "an attack" -> discarded`,
  );
  expect((await deadLettersOf(orderId)).map(({ status }) => status)).toEqual(['discarded', 'replayed']);
});

test('a stale command replayed after its order was undone: refused by the cancellation marker, nothing changes, and it says so', async () => {
  const sku = someSku();
  const before = await shop.stock(sku);
  const { orderId, garbage, reserve } = await orderBehindGarbage(sku);
  // The undo does not wait behind its do: the order ends although nobody has looked at the parked messages.
  expect((await shop.operate(orderId, 'compensate', { reason: 'it takes too long' })).status).toBe(202);
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED' });
  const ended = await shop.sagaEnded(orderId);
  await tool('discard', garbage.id, '--reason', 'an attack');
  const { outcome } = await deadLetterOf(reserve.id);
  expect(outcome?.caused).toMatchObject([{ type: 'InventoryReservationRejected', data: { code: 'undone' } }]);

  expect(await shop.stock(sku)).toMatchObject({
    available: before.available,
    reserved: 0,
    sold: before.sold,
  });
  expect(await shop.ledger(orderId)).toEqual([]);
  expect(await shop.sagaEnded(orderId)).toEqual({ ...ended, actions: (await shop.saga(orderId)).actions });
});
