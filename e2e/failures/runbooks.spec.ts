/** Every command of every runbook, run in the situation that it is for; afterwards an order goes through. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { sendRecords } from '@sagakit/kafka/kafkajs/send';
import { SERVICES } from '@order-saga/contracts/system';
import { type Provider, providerOf, tokensFor } from '../../tools/identity/token.ts';
import { kafkaOf, ROOT, urlOf } from '../../tools/stack/state.ts';
import { asksKafka } from '@sagakit/testing/asks-kafka';
import { circuitOpen } from '../support/metrics.ts';
import { commandsOf, run } from '../support/runbook.ts';
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

type Names = { ORDER?: string; ID?: string };
/** `over`: what must hold once every command was run. */
type Begun = Names & { over?: () => Promise<void> };
type Situation = {
  /** Brings it about; gives what ORDER and ID stand for. */
  begin(): Promise<Begun>;
  /** What the first command shows of it. */
  seen: RegExp;
};

const place = async () => (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]))).orderId;
const nothing = async () => ({});

/** An order whose command waits behind garbage of its key. */
async function parked(): Promise<Names> {
  await kill('saga-orchestrator');
  const ORDER = await place();
  await sendRecords(kafkaOf(stack(), 'test'), [
    { topic: 'inventory.commands', key: ORDER, value: '{"half', headers: {} },
  ]);
  await restart('saga-orchestrator');
  const deadLetters = async () =>
    (await call<{ items: { id: string }[] }>(`${shop.urls.inventory}/dead-letters?key=${ORDER}`)).body.items;
  await eventually('both are parked', async () => (await deadLetters()).length === 2);
  return { ORDER, ID: (await deadLetters()).at(-1)?.id ?? '' };
}

async function stuck(): Promise<Names> {
  await kill('payment');
  const ORDER = await place();
  await eventually(
    'it waits',
    async () => (await shop.saga(ORDER)).steps?.at(-1)?.name === 'process-payment',
  );
  return { ORDER };
}

async function away(component: string, shows: () => Promise<unknown>): Promise<Names> {
  await kill(component);
  await eventually('somebody sees it', shows, { withinMs: 60_000 });
  return {};
}

/** Somebody has an operator's token: it is good, and then it is not, anywhere. */
async function leakedToken(): Promise<Begun> {
  const token = await tokensFor(providerOf(stack()) as Provider, 'operator').token();
  const headers = { authorization: `Bearer ${token}` };
  const tried = () =>
    Promise.all(
      SERVICES.map(
        async (service) => (await fetch(`${shop.urls[service]}/dead-letters`, { headers })).status,
      ),
    );
  expect(await tried()).toEqual(SERVICES.map(() => 200));
  return { over: async () => expect(await tried()).toEqual(SERVICES.map(() => 401)) };
}

/** Somebody has the password of a service's user: it lets them in, and then it does not. */
async function leakedKafkaPassword(): Promise<Begun> {
  const thief = kafkaOf(stack(), 'thief', 'payment');
  await asksKafka(thief);
  return { over: () => expect(asksKafka(thief)).rejects.toThrow(/invalid credentials/i) };
}

/** Somebody was told of their order, and wants to be forgotten. */
async function toBeForgotten(): Promise<Begun> {
  const ORDER = await place();
  const mails = async () =>
    (await call<{ items: { text: string }[] }>(`${urlOf(stack(), 'mail')}/mails`)).body.items.filter(
      ({ text }) => text.includes(ORDER),
    ).length;
  await eventually('it is mailed', async () => (await shop.notifications(ORDER)).length === 1);
  expect(await mails()).toBe(1);
  const url = `${shop.urls.order}/customers/customer-1/personal-data`;
  return {
    ORDER,
    async over() {
      const { items, holders } = (await call<{ items: object[]; holders: object[] }>(url)).body;
      expect([items, holders, await mails()]).toEqual([[], [], 0]);
    },
  };
}

const kafkaIsAway = async () => {
  const { body } = await call<{ kafka: string }>(`${shop.urls.order}/health/ready`);
  return body.kafka === 'away';
};
const callsAreHeldBack = async () => {
  await place();
  return circuitOpen();
};

const SITUATIONS: Record<string, Situation> = {
  'dead-letters': { begin: parked, seen: /not-json/ },
  'stuck-saga': { begin: stuck, seen: /None|sagas/ },
  lag: { begin: stuck, seen: /payment\s+no answer/ },
  'broker-down': { begin: () => away('kafka', kafkaIsAway), seen: /kafka away/ },
  'database-down': { begin: () => away('postgres', async () => true), seen: /not-ready: database/ },
  'provider-down': { begin: () => away('psp', callsAreHeldBack), seen: /CALLS HELD BACK/ },
  erasure: { begin: toBeForgotten, seen: /notification holds/ },
  'leaked-token': { begin: leakedToken, seen: /identity\s+up/ },
  'leaked-kafka-password': { begin: leakedKafkaPassword, seen: /kafka\s+up/ },
  'rotate-a-secret': { begin: nothing, seen: /postgres\s+up/ },
  'bad-deployment': { begin: nothing, seen: /saga-orchestrator\s+up/ },
};

test.describe.configure({ mode: 'parallel' });
test.setTimeout(240_000);

for (const [name, { begin, seen }] of Object.entries(SITUATIONS)) {
  test(`the runbook ${name}: each of its commands works, and after them an order goes through`, async () => {
    const commands = commandsOf(name);
    expect(commands.length).toBeGreaterThan(1);
    const names = await begin();
    for (const [at, command] of commands.entries()) {
      const said = await run(command, names);
      if (at === 0) expect(said, command).toMatch(seen);
    }
    await names.over?.();
    const orderId = await eventually(
      'an order is accepted',
      async () => (await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]))).orderId,
    );
    expect((await shop.ended(orderId)).status).toBe('CONFIRMED');
    if (names.ORDER) expect((await shop.ended(names.ORDER)).status).not.toBe('PENDING');
  });
}

test('there is no runbook without its situation', () => {
  const files = globSync('docs/runbooks/*.md', { cwd: ROOT }).map((file) => path.basename(file, '.md'));
  expect(files.filter((file) => file !== 'README').sort()).toEqual(Object.keys(SITUATIONS).sort());
});
