/**
 * `npm run demo`: starts everything, tells three orders' stories, shows where to look, stays up until Ctrl-C
 * (`-- --exit`: not).
 */
import { KAFKA_RIGHTS } from '@order-saga/contracts/rights';
import { SERVICES, SYSTEM } from '@order-saga/contracts/system';
import { type Tailed, tailTopics } from '@sagakit/kafka/admin/tail';
import { quiet } from '@sagakit/resilience/log';
import { eventually } from '@sagakit/testing/eventually';
import { call, orderBody, sampledTraceparent, type Shop, shopAt } from '../shop/client.ts';
import { openWarning, providerOf } from '../identity/token.ts';
import { attach, urlsOf } from '../stack/attach.ts';
import { howToOrder, NO_PAGE, pageOf } from '../stack/by-hand.ts';
import { inThisFolder } from '../stack/shell-words.ts';
import { kafkaOf, type StackState, urlOf } from '../stack/state.ts';
import { definitionsIn, howItEnded, toldOf, whatHappened, whatWasOrdered } from './narrate.ts';
import { STORIES, type Story } from './stories.ts';
import { inThePage } from './try-it.ts';
import { commandLine, noMore } from '../command-line.ts';
import { interruption, runTool } from '../run-tool.ts';

const USAGE = `npm run demo [-- --exit]

Starts Kafka, PostgreSQL, ${SERVICES.length} services and a console, places three orders and tells what became of each, shows where to
look, and stays up until Ctrl-C. Where a stack runs in this folder already (npm run stack -- up) it is used, and stays.

  --exit      end after the three orders: with 0 only if each ended as expected
  --compose   with the system in containers (docker compose)`;

/** What the services say that take part; the orchestrator's own events repeat it. */
const SHOWN: readonly string[] = SERVICES.filter((service) => service !== 'saga-orchestrator').map(
  (service) => SYSTEM[service].topics.events,
);
const STARTING = `Starting Kafka, PostgreSQL and ${SERVICES.length} services:`;
const say = (text: string) => console.log(`  ${text}`);

type Telling = {
  shop: Shop;
  seen: readonly Tailed[];
  definitions: ReturnType<typeof definitionsIn>;
  /** Undefined: there is no console, or it is away. */
  page: string | undefined;
};

/** True if it ended as expected. */
async function tell(telling: Telling, story: Story, number: number): Promise<boolean> {
  const { shop, seen, definitions, page } = telling;
  const quantity =
    story.quantity === 'more than there is' ? (await shop.stock(story.sku)).available + 1 : story.quantity;
  const { orderId, correlationId } = await shop.placed(
    orderBody([{ sku: story.sku, quantity }], story.token),
    { traceparent: sampledTraceparent() },
  );
  const order = await shop.ended(orderId);
  const { told } = await eventually('its saga has ended, and the mail is sent', () => {
    const now = toldOf(seen, correlationId, definitions);
    return now.ended && now;
  });
  const events = seen.flatMap(({ topic, message }) =>
    message?.subject === orderId && SHOWN.includes(topic) ? [message] : [],
  );
  console.log(
    [
      whatWasOrdered(number, story.title, order),
      ...whatHappened(events),
      howItEnded(order),
      `   ${told}`,
      ...(page === undefined ? [] : [`   ${page}/stories/${correlationId}`]),
      '',
    ].join('\n'),
  );
  const asExpected = order.status === story.expected.status && order.reason === story.expected.reason;
  if (!asExpected) console.error(`   expected: ${JSON.stringify(story.expected)}`);
  return asExpected;
}

function showUrls(state: StackState, page: string | undefined): void {
  const url = (name: string) => urlOf(state, name);
  const viewer = `curl -H "authorization: Bearer $(${inThisFolder('npm run -s token -- --viewer')})"`;
  const asked = (address: string) => (providerOf(state) ? `${viewer} ${address}` : address);
  const jaeger = state.components.find(({ name }) => name === 'jaeger')?.url;
  const traces = jaeger ? `  traces    ${jaeger}\n` : '';
  const warning = openWarning(state);
  if (warning) console.log(warning);
  console.log(`Look around:
  orders    ${asked(`${url('order')}/orders`)}
            a new one: POST there, see ${url('order')}/openapi.json
  sagas     ${asked(`${url('saga-orchestrator')}/sagas`)}
  stock     ${url('inventory')}/stock
  mails     ${url('mail')}                   what the payment provider booked: ${url('psp')}/ledger
${traces}  logs      ${inThisFolder('npm run stack -- logs saga-orchestrator')}   more: npm run stack -- --help

${howToOrder(state, page)}

${page === undefined ? NO_PAGE : inThePage(page)}`);
}

/** What is said from now on, and the definitions as the orchestrator has them. */
async function listen(state: StackState): Promise<Omit<Telling, 'page'> & { stop(): Promise<void> }> {
  const seen: Tailed[] = [];
  const tail = await tailTopics(kafkaOf(state, 'demo', 'tools'), {
    topics: [...KAFKA_RIGHTS.tools.reads],
    fromBeginning: false,
    onMessage: (tailed) => seen.push(tailed),
    log: quiet,
  });
  const urls = urlsOf(state);
  const { body } = await call<unknown>(`${urls['saga-orchestrator']}/definitions`);
  return { shop: shopAt(urls), seen, definitions: definitionsIn(body), stop: tail.stop };
}

async function main(): Promise<boolean> {
  const { values, positionals } = commandLine(USAGE, {
    exit: { type: 'boolean', default: false },
    compose: { type: 'boolean', default: false },
  });
  noMore('demo', positionals);
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
    const page = await pageOf(state);
    const { stop, ...heard } = await listen(state);
    console.log(
      started
        ? `\nUp after ${((Date.now() - began) / 1000).toFixed(1)} s.`
        : `${stack} runs already, and is used.`,
    );
    console.log(`${page === undefined ? NO_PAGE : `See every order: ${page}`}\n\nThree orders:\n`);
    let good = true;
    for (const [index, story] of STORIES.entries())
      good = (await tell({ ...heard, page }, story, index + 1)) && good;
    await stop();
    if (started && values.exit) console.log('Without --exit it would stay up, and this would be there:\n');
    showUrls(state, page);
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
