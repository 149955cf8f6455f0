/** Passwords are changed while orders come, and none is lost. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { queryAt } from '@sagakit/testing/connected';
import { control } from '../../tools/stack/launch.ts';
import { databaseOf, kafkaOf, stackDir } from '../../tools/stack/state.ts';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { logsOf } from '../support/logs.ts';
import { underLoad } from '../support/load.ts';
import { eventually, expect, shop, stack, test } from '../support/story.ts';

test.setTimeout(180_000);

const LATER_MS = 1_000;
const aWhile = () => new Promise((resolve) => setTimeout(resolve, LATER_MS));

const adminUrl = () => stack().components.find(({ name }) => name === 'postgres')?.url as string;

test('the password of a service is changed under load: it costs no order, and the old one is of no use', async () => {
  const before = databaseOf(stack(), 'order');
  const [started] = await queryAt<{ now: string }>(adminUrl(), 'select now()::text as now');
  const said = logsOf(stack(), ['order', 'payment']);
  const { accepted } = await underLoad(async () => {
    await aWhile();
    await control(stack(), 'rotate', 'order');
    await aWhile();
    await control(stack(), 'rotate', 'payment');
    await aWhile();
  });
  expect(accepted.length).toBeGreaterThan(10);
  const lines = said();
  expect(lines.filter((line) => line.includes('"stack"'))).toEqual([]);
  expect(lines.filter((line) => line.includes('idle database connections were lost')).length).toBeLessThan(5);

  await expect(queryAt(before, 'select 1')).rejects.toThrow(/password authentication failed/);
  await queryAt(databaseOf(stack(), 'order'), 'select 1');
  const old = await queryAt(
    adminUrl(),
    `select from pg_stat_activity where usename in ('order', 'payment') and backend_start < $1`,
    [started?.now],
  );
  expect(old).toEqual([]);
});

test("a service's password at Kafka is changed under load: it costs no order, and the old one is of no use", async () => {
  test.skip(process.env['E2E_COMPOSE'] !== undefined, 'as printed: e2e/containers/rotate.spec.ts');
  const before = kafkaOf(stack(), 'e2e', 'payment');
  const { accepted } = await underLoad(async () => {
    await aWhile();
    expect(await control(stack(), 'rotate', 'kafka-payment')).toMatch(/restart kafka$/);
    await aWhile();
    await control(stack(), 'restart', 'kafka');
    await aWhile();
  });
  expect(accepted.length).toBeGreaterThan(10);

  const now = kafkaOf(stack(), 'e2e', 'payment');
  expect(now.sasl?.password).not.toBe(before.sasl?.password);
  await asksKafka(now);
  await expect(asksKafka(before)).rejects.toThrow(/invalid credentials/i);
});

test("the administrator's password too, and whoever migrates", async () => {
  const before = adminUrl();
  await control(stack(), 'rotate', 'order-owner');
  await control(stack(), 'rotate', 'postgres');
  await expect(queryAt(before, 'select 1')).rejects.toThrow(/password authentication failed/);
  await queryAt(adminUrl(), 'select 1');
  await control(stack(), 'restart', 'order');
  await eventually('it is at work again', async () => {
    const { ok } = await fetch(`${shop.urls.order}/health/ready`);
    return ok;
  });
});

test('nobody else on this machine reads them', () => {
  const state = path.join(stackDir(), 'state.json');
  expect(statSync(state).mode & 0o077).toBe(0);
  const passwords = Object.values(
    stack().components.find(({ name }) => name === 'postgres')?.databases ?? {},
  ).map((url) => new URL(url).password);
  expect(new Set(passwords).size).toBe(passwords.length);
  expect(readFileSync(state, 'utf8')).toContain(passwords[0]);
});

test('whoever is unknown is told so', async () => {
  await expect(control(stack(), 'rotate', 'nobody')).rejects.toThrow(/no password of nobody.*order-owner/);
});
