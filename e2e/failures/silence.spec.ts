/** A step that falls silent, in a stack of its own where every step may take two seconds. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { orderBody, type Shop, shopAt } from '@order-saga/testing/shop';
import { urlsOf } from '../../tools/stack/attach.ts';
import { readState, ROOT } from '../../tools/stack/state.ts';
import { eventually, expect, test } from '../support/story.ts';

const run = promisify(execFile);
const DEADLINE_MS = 2_000;

let dir: string;
let shop: Shop;
const stack = (...args: string[]) =>
  run(process.execPath, [path.join(ROOT, 'tools/stack/main.ts'), ...args], {
    env: { ...process.env, STACK_DIR: dir, STEP_DEADLINE_MS: String(DEADLINE_MS), OTEL_SDK_DISABLED: 'true' },
  });

test.beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-silence-'));
  chmodSync(dir, 0o755);
  await stack('up', '--ephemeral');
  const state = readState(dir);
  if (!state) throw new Error('the stack did not come up');
  shop = shopAt(urlsOf(state));
});

test.afterAll(async () => {
  await stack('down');
  rmSync(dir, { recursive: true, force: true });
});

test('a provider that charges and answers too late: refunded, released, rejected, net zero', async () => {
  const sku = 'SKU-0007';
  const before = await shop.stock(sku);
  const { orderId } = (await shop.place(orderBody([{ sku, quantity: 2 }], 'tok_timeout'))).body;
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'no-answer' });
  const saga = await shop.sagaEnded(orderId);
  expect(saga).toMatchObject({ status: 'compensated', why: { kind: 'silent' } });
  expect(saga.steps.map(({ name, status }) => [name, status])).toEqual([
    ['reserve-inventory', 'undone'],
    ['process-payment', 'undone'],
  ]);
  const [reserve, pay] = saga.steps;
  expect(Date.parse(pay?.undo?.endedAt ?? '')).toBeLessThanOrEqual(Date.parse(reserve?.undo?.sentAt ?? ''));
  expect((await shop.ledger(orderId)).map(({ kind }) => kind)).toEqual(['charge', 'refund']);
  expect(await shop.payment(orderId)).toMatchObject({ status: 'REFUNDED', charges: 1, refunds: 1 });
  expect(await shop.stock(sku)).toMatchObject({ available: before.available, reserved: 0, sold: before.sold });
});

test('an inventory that is away longer than the deadline: the order is rejected, and nothing is held when it is back', async () => {
  const sku = 'SKU-0008';
  const before = await shop.stock(sku);
  await stack('kill', 'inventory');
  const { orderId } = (await shop.place(orderBody([{ sku, quantity: 1 }]))).body;
  await eventually('the saga turned back', async () => (await shop.saga(orderId)).status === 'compensating');
  await stack('restart', 'inventory');
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'no-answer' });
  await shop.sagaEnded(orderId);
  expect(await shop.stock(sku)).toMatchObject({ available: before.available, reserved: 0, sold: before.sold });
  expect(await shop.ledger(orderId)).toEqual([]);
});

test('an orchestrator that is away past the deadline rejects nothing by that: the answers lie there and are read first', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 20; number++)
    ids.push((await shop.place(orderBody([{ sku: 'SKU-0009', quantity: 1 }]))).body.orderId);
  await stack('kill', 'saga-orchestrator');
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS * 2)); // longer than any step's deadline
  await stack('restart', 'saga-orchestrator');
  for (const orderId of ids) expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
});
