/**
 * `npm run demo`: starts everything, tells three orders' stories, shows where to look, stays up until Ctrl-C
 * (`-- --exit`: not).
 */
import { parseArgs } from 'node:util';
import { CONSOLE, SERVICES, SYSTEM } from '@order-saga/contracts/system';
import type { Envelope } from '@sagakit/messages/envelope';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { orderBody, type Shop, shopAt } from '../shop/client.ts';
import { attach, urlsOf } from '../stack/attach.ts';
import { brokersOf, type StackState, urlOf } from '../stack/state.ts';
import { howItEnded, whatHappened, whatWasOrdered } from './narrate.ts';
import { STORIES, type Story } from './stories.ts';
import { interruption, runTool } from '../run-tool.ts';

/** What the services say that take part; the orchestrator's own events repeat it. */
const TOPICS = SERVICES.filter((service) => service !== 'saga-orchestrator').map(
  (service) => SYSTEM[service].topics.events,
);
const STARTING = `Starting Kafka, PostgreSQL and ${SERVICES.length} services:`;
const say = (text: string) => console.log(`  ${text}`);

/** True if it ended as expected. */
async function tell(shop: Shop, seen: Envelope[], story: Story, number: number): Promise<boolean> {
  const quantity =
    story.quantity === 'more than there is' ? (await shop.stock(story.sku)).available + 1 : story.quantity;
  const placed = await shop.place(orderBody([{ sku: story.sku, quantity }], story.token));
  if (placed.status !== 202)
    throw new Error(`the order was refused: ${placed.status} ${JSON.stringify(placed.body)}`);
  const { orderId } = placed.body;
  const order = await shop.ended(orderId);
  const saga = await shop.sagaEnded(orderId);
  const mine = () => seen.filter(({ subject }) => subject === orderId);
  await eventually('the mail is sent', () => mine().some(({ type }) => type === 'NotificationSent'));
  const payment = await shop.payment(orderId).catch(() => undefined);
  console.log(
    [
      whatWasOrdered(number, story.title, order),
      ...whatHappened(mine()),
      howItEnded(order, saga, payment),
    ].join('\n'),
  );
  const asExpected = order.status === story.expected.status && order.reason === story.expected.reason;
  if (!asExpected) console.error(`   expected: ${JSON.stringify(story.expected)}`);
  return asExpected;
}

function showUrls(state: StackState): void {
  const url = (name: string) => urlOf(state, name);
  const jaeger = state.components.find(({ name }) => name === 'jaeger')?.url;
  const traces = jaeger ? `  traces    ${jaeger}\n` : '';
  const page = state.components.find(({ name }) => name === CONSOLE.name)?.url;
  const seen = page ? `  console   ${page}                   every order's story, as it happens\n` : '';
  console.log(`
Look around:
${seen}  orders    ${url('order')}/orders            a new one: POST there, see ${url('order')}/openapi.json
  stock     ${url('inventory')}/stock             sagas: ${url('saga-orchestrator')}/sagas
  mails     ${url('mail')}                   what the payment provider booked: ${url('psp')}/ledger
${traces}  logs      npm run stack -- logs saga-orchestrator   more: npm run stack -- --help`);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { exit: { type: 'boolean', default: false }, compose: { type: 'boolean', default: false } },
  });
  const began = Date.now();
  const options = {
    ephemeral: false,
    replicas: 1,
    jit: 'c1' as const,
    compose: values.compose,
    forCaller: !values.compose,
  };
  const { state, started, leave, ended } = await attach(options, say, () =>
    console.log(values.compose ? 'Starting the containers (docker compose up --build --wait):' : STARTING),
  );
  const stack = state.compose ? 'The stack in containers' : 'The stack';
  try {
    const seen: Envelope[] = [];
    const brokers = brokersOf(state);
    const tail = await tailTopics(
      { brokers, clientId: 'demo' },
      {
        topics: TOPICS,
        fromBeginning: false,
        onMessage: ({ message }) => message && seen.push(message),
        log: quiet,
      },
    );
    const shop = shopAt(urlsOf(state));
    console.log(
      started
        ? `\nUp after ${((Date.now() - began) / 1000).toFixed(1)} s. Three orders:\n`
        : `${stack} runs already, and is used. Three orders:\n`,
    );
    let good = true;
    for (const [index, story] of STORIES.entries()) good = (await tell(shop, seen, story, index + 1)) && good;
    await tail.stop();
    showUrls(state);
    if (!values.exit) {
      console.log(started ? '\nIt stays up until Ctrl-C.' : `\n${stack} was running before and stays up.`);
      if (started) await Promise.race([interruption(), ended]);
    }
    return good;
  } finally {
    if (started) console.log('\nStopping ...');
    await leave();
  }
}

runTool(main);
