/** Collects what a stack's databases, topics and provider say, from outside. */
import { KAFKA_RIGHTS } from '@order-saga/contracts/rights';
import { SERVICES } from '@order-saga/contracts/system';
import { TOPICS } from '@order-saga/contracts/topics';
import type { Envelope } from '@sagakit/messages/envelope';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import type { LedgerEntry, StockView } from '../shop/client.ts';
import { shopAt } from '../shop/client.ts';
import { urlsOf } from '../stack/attach.ts';
import { kafkaOf, databaseOf, type StackState } from '../stack/state.ts';
import type { Observed, ObservedSaga, OrderRow } from './invariants.ts';
import { readToEnd } from './read-to-end.ts';

/** Every message of the orders given, in the order of each partition. */
async function messagesOf(state: StackState, orders: ReadonlySet<string>): Promise<Map<string, Envelope[]>> {
  const topics = KAFKA_RIGHTS.tools.reads.filter(
    (topic) => !topic.endsWith('.dlq') && !('compacted' in TOPICS[topic]),
  );
  const read = new Map<string, Envelope[]>(topics.map((topic) => [topic, []]));
  await readToEnd(kafkaOf(state, 'checker', 'tools'), topics, ({ topic, message }) => {
    if (message && orders.has(message.subject)) read.get(topic)?.push(message);
  });
  return read;
}

export type Before = { stock: StockView[] };

/** What must be known before the load, to be compared with what is there after it. */
export async function observeBefore(state: StackState): Promise<Before> {
  return { stock: await shopAt(urlsOf(state)).allStock() };
}

/**
 * @param accepted ids of the orders answered with 202
 * @param adjusted pieces added by adjustments since `before`, per SKU
 * @param observedStatuses what HTTP said of the orders meanwhile
 */
export async function observe(
  state: StackState,
  before: Before,
  accepted: readonly string[],
  {
    adjusted = new Map(),
    observedStatuses = [],
  }: { adjusted?: ReadonlyMap<string, number>; observedStatuses?: Observed['observedStatuses'] } = {},
): Promise<Observed> {
  const shop = shopAt(urlsOf(state));
  const wanted = new Set(accepted);
  await eventually(
    'the outboxes are empty',
    async () => {
      const counts = await Promise.all(
        SERVICES.map((service) =>
          queryAt<{ n: string }>(databaseOf(state, service), 'select count(*) as n from outbox'),
        ),
      );
      return counts.every(([row]) => row?.n === '0');
    },
    { withinMs: 30_000 },
  );
  const orders = await queryAt<OrderRow>(
    databaseOf(state, 'order'),
    `select order_id as "orderId", status, total_amount::int as total from orders where order_id = any($1::uuid[])`,
    [accepted],
  );
  const contactsApart = await queryAt<{ orderId: string }>(
    databaseOf(state, 'order'),
    `select order_id as "orderId" from orders where order_id = any($1::uuid[]) and contact_apart`,
    [accepted],
  );
  const events = await queryAt<{ orderId: string; messageId: string; type: string }>(
    databaseOf(state, 'order'),
    `select order_id as "orderId", message_id as "messageId", type from order_events where order_id = any($1::uuid[]) order by order_id, sequence`,
    [accepted],
  );
  const ledger: LedgerEntry[] = (await shop.ledger()).filter(({ orderId }) => wanted.has(orderId));
  const reservations = await queryAt<{ orderId: string; status: string }>(
    databaseOf(state, 'inventory'),
    `select order_id as "orderId", status from reservations where order_id = any($1::uuid[])`,
    [accepted],
  );
  const notifications = await toldIn(databaseOf(state, 'notification'), accepted, events);
  const sagas = await queryAt<ObservedSaga>(
    databaseOf(state, 'saga-orchestrator'),
    `select order_id as "orderId", status, state -> 'steps' as steps from sagas where order_id = any($1::uuid[])`,
    [accepted],
  );
  return {
    accepted: [...accepted],
    orders,
    events,
    ledger,
    reservations,
    stockBefore: before.stock,
    stockAfter: await shop.allStock(),
    adjusted,
    topics: await messagesOf(state, wanted),
    contactsApart: contactsApart.map(({ orderId }) => orderId),
    notifications,
    sagas,
    observedStatuses: [...observedStatuses],
  };
}

/** Mails come a moment after the outcome that they tell. */
async function toldIn(
  database: string,
  accepted: readonly string[],
  events: Observed['events'],
): Promise<Observed['notifications']> {
  const outcomes = events.filter(({ type }) => /^Order(Confirmed|Rejected|Cancelled)$/.test(type)).length;
  const look = () =>
    queryAt<Observed['notifications'][number]>(
      database,
      'select order_id as "orderId", kind from notifications where order_id = any($1::uuid[])',
      [accepted],
    );
  // If they do not come, the invariant says which are missing.
  await eventually('the customers are told', async () => (await look()).length >= outcomes, {
    withinMs: 60_000,
    everyMs: 100,
  }).catch(() => {});
  return look();
}
