/**
 * The system's invariants, judged from what was observed from outside. Pure: each violation is a sentence.
 * 10, 12 and 13 (poison, bad input, memory) are stories of their own in e2e/failures.
 */
import type { Envelope } from '@sagakit/messages/envelope';
import type { LedgerEntry, StockView } from '../shop/client.ts';

export type OrderRow = { orderId: string; status: string; total: number };

export type Observed = {
  /** Orders answered with 202. */
  accepted: string[];
  orders: OrderRow[];
  events: { orderId: string; messageId: string; type: string }[];
  ledger: LedgerEntry[];
  reservations: { orderId: string; status: string }[];
  stockBefore: StockView[];
  stockAfter: StockView[];
  adjusted: ReadonlyMap<string, number>;
  /** Messages per topic, in each partition's order. */
  topics: ReadonlyMap<string, Envelope[]>;
  /** Orders whose contact was told apart, as the second message, on a topic that who checks may not read. */
  contactsApart: string[];
  notifications: { orderId: string; kind: string }[];
  sagas: ObservedSaga[];
  /** What HTTP said of orders, in the order in which it said it. */
  observedStatuses: { orderId: string; status: string }[];
};

/** The newest saga of an order; its steps in the order in which they were sent. */
export type ObservedSaga = {
  orderId: string;
  status: string;
  steps: { name: string; undo?: { sentAt: string; endedAt?: string } }[];
};

export type Violation = { invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 11; what: string };

const ENDED = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

export function violations(observed: Observed): Violation[] {
  return [
    ...everyOrderEnds(observed).map((what) => ({ invariant: 1 as const, what })),
    ...moneyIsRight(observed).map((what) => ({ invariant: 2 as const, what })),
    ...stockIsConserved(observed).map((what) => ({ invariant: 3 as const, what })),
    ...outboxReachedKafka(observed).map((what) => ({ invariant: 4 as const, what })),
    ...storiesHaveNoGap(observed).map((what) => ({ invariant: 5 as const, what })),
    ...statusNeverGoesBack(observed).map((what) => ({ invariant: 6 as const, what })),
    ...eachOutcomeIsTold(observed).map((what) => ({ invariant: 7 as const, what })),
    ...undoneInReverse(observed).map((what) => ({ invariant: 8 as const, what })),
    ...storiesAreWhole(observed).map((what) => ({ invariant: 9 as const, what })),
    ...noSagaIsForgotten(observed).map((what) => ({ invariant: 11 as const, what })),
  ];
}

/** 1. Every order answered with 202 exists exactly once and has ended. */
function everyOrderEnds({ accepted, orders }: Observed): string[] {
  const status = new Map(orders.map((order) => [order.orderId, order.status]));
  const twice = accepted.length - new Set(accepted).size;
  return [
    ...(twice > 0 ? [`${twice} order ids were given out twice`] : []),
    ...accepted.flatMap((orderId) => {
      const found = status.get(orderId);
      if (found === undefined) return [`order ${orderId} was accepted and is not there`];
      return ENDED.has(found) ? [] : [`order ${orderId} is still ${found}`];
    }),
  ];
}

/**
 * 2. CONFIRMED: exactly one charge, and it is the total. Otherwise nothing stays with the provider. Never two
 *    refunds.
 */
function moneyIsRight({ orders, ledger }: Observed): string[] {
  const entries = Map.groupBy(ledger, ({ orderId }) => orderId);
  return orders.flatMap(({ orderId, status, total }) => {
    const own = entries.get(orderId) ?? [];
    const charges = own.filter(({ kind }) => kind === 'charge');
    const refunds = own.filter(({ kind }) => kind === 'refund');
    const net = sum(charges) - sum(refunds);
    const expected = status === 'CONFIRMED' ? total : 0;
    return [
      ...(net === expected
        ? []
        : [`order ${orderId} is ${status}, the provider keeps ${net} instead of ${expected}`]),
      ...(charges.length > 1 ? [`order ${orderId} was charged ${charges.length} times`] : []),
      ...(refunds.length > 1 ? [`order ${orderId} was refunded ${refunds.length} times`] : []),
    ];
  });
}

const sum = (entries: LedgerEntry[]) => entries.reduce((total, { amount }) => total + amount.amount, 0);

/** 3. Pieces are conserved per SKU, none is negative, none is held for an order that has ended. */
function stockIsConserved({ stockBefore, stockAfter, adjusted, orders, reservations }: Observed): string[] {
  const pieces = ({ available, reserved, sold }: StockView) => available + reserved + sold;
  const before = new Map(stockBefore.map((stock) => [stock.sku, pieces(stock)]));
  const status = new Map(orders.map((order) => [order.orderId, order.status]));
  return [
    ...stockAfter.flatMap((stock) => {
      const expected = (before.get(stock.sku) ?? 0) + (adjusted.get(stock.sku) ?? 0);
      const negative = Math.min(stock.available, stock.reserved, stock.sold) < 0;
      return [
        ...(pieces(stock) === expected
          ? []
          : [`${stock.sku} has ${pieces(stock)} pieces instead of ${expected}`]),
        ...(negative ? [`${stock.sku} is negative`] : []),
      ];
    }),
    ...reservations.flatMap(({ orderId, status: held }) => {
      const ended = status.get(orderId) ?? '';
      if (held === 'RESERVED' && ENDED.has(ended))
        return [`order ${orderId} is ${ended} and still holds a reservation`];
      if (held === 'COMMITTED' && ended !== 'CONFIRMED')
        return [`order ${orderId} is ${ended} and its pieces are sold`];
      return [];
    }),
  ];
}

/**
 * 4. What the order service committed is in Kafka, what is in Kafka was committed; and each message took
 *    effect once.
 */
function outboxReachedKafka({ events, topics, orders }: Observed): string[] {
  const committed = new Set(events.map(({ messageId }) => messageId));
  const sent = new Set((topics.get('order.events') ?? []).map(({ id }) => id));
  const outcomes = Map.groupBy(
    events.filter(({ type }) => /^Order(Confirmed|Rejected|Cancelled)$/.test(type)),
    ({ orderId }) => orderId,
  );
  const types = (orderId: string) => (outcomes.get(orderId) ?? []).map(({ type }) => type);
  return [
    ...[...committed]
      .filter((id) => !sent.has(id))
      .map((id) => `event ${id} was committed and is not in Kafka`),
    ...[...sent]
      .filter((id) => !committed.has(id))
      .map((id) => `message ${id} is in Kafka and was never committed`),
    ...orders.flatMap(({ orderId }) => {
      const ends = types(orderId);
      const legal =
        ends.length === 1 ||
        (ends.length === 2 && ends[0] === 'OrderConfirmed' && ends[1] === 'OrderCancelled');
      return legal ? [] : [`order ${orderId} ended by ${ends.join(', ') || 'nothing'}`];
    }),
  ];
}

const NUMBER_OF_CONTACT = 2;

/**
 * 5. Per source and subject no sequence number is missing or there twice, and within a topic none steps back.
 */
function storiesHaveNoGap({ topics, contactsApart }: Observed): string[] {
  const found: string[] = [];
  const numbers = new Map<string, Set<number>>(
    contactsApart.map((orderId) => [`/order ${orderId}`, new Set([NUMBER_OF_CONTACT])]),
  );
  for (const [topic, messages] of topics) {
    const last = new Map<string, number>();
    const seen = new Set<string>();
    for (const { id, source, subject, sequence } of messages) {
      if (seen.has(`${source} ${id}`)) continue; // sent twice, or an answer given again: the inbox drops it
      seen.add(`${source} ${id}`);
      const story = `${source} ${subject}`;
      const number = Number(sequence);
      const before = last.get(story) ?? 0;
      if (number <= before) found.push(`${topic}: ${story} steps back from ${before} to ${number}`);
      last.set(story, number);
      const own = numbers.get(story) ?? new Set<number>();
      if (own.has(number) && number > before)
        found.push(`${topic}: ${story} has two messages with the number ${number}`);
      numbers.set(story, own.add(number));
    }
  }
  for (const [story, own] of numbers) {
    const highest = Math.max(...own);
    if (highest !== own.size) found.push(`${story} has ${own.size} messages and goes to ${highest}`);
  }
  return found;
}

const LATER: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED'],
  CONFIRMED: ['CONFIRMED', 'CANCELLED'],
  REJECTED: ['REJECTED'],
  CANCELLED: ['CANCELLED'],
};

/** 6. */
function statusNeverGoesBack({ observedStatuses, orders }: Observed): string[] {
  const last = new Map<string, string>();
  return [...observedStatuses, ...orders].flatMap(({ orderId, status }) => {
    const before = last.get(orderId) ?? status;
    last.set(orderId, status);
    return LATER[before]?.includes(status) ? [] : [`order ${orderId} was seen ${before}, then ${status}`];
  });
}

/** 7. One notification per outcome, and none for what did not happen. */
function eachOutcomeIsTold({ events, notifications }: Observed): string[] {
  const kinds: Readonly<Record<string, string>> = {
    OrderConfirmed: 'order-confirmed',
    OrderRejected: 'order-rejected',
    OrderCancelled: 'order-cancelled',
  };
  const told = Map.groupBy(notifications, ({ orderId, kind }) => `${orderId} ${kind}`);
  const expected = new Set(
    events.flatMap(({ orderId, type }) => (kinds[type] ? [`${orderId} ${kinds[type]}`] : [])),
  );
  return [
    ...[...expected]
      .filter((outcome) => !told.has(outcome))
      .map((outcome) => `nobody was told: order ${outcome}`),
    ...[...told].flatMap(([outcome, sent]) => [
      ...(expected.has(outcome) ? [] : [`somebody was told what did not happen: order ${outcome}`]),
      ...(sent.length > 1 ? [`told ${sent.length} times: order ${outcome}`] : []),
    ]),
  ];
}

/** 8. An undo is sent once those of all later steps are acknowledged. */
function undoneInReverse({ sagas }: Observed): string[] {
  return sagas.flatMap(({ orderId, steps }) => {
    const undone = steps.flatMap(({ name, undo }) => (undo ? [{ name, ...undo }] : [])).toReversed();
    return undone.flatMap(({ name, sentAt }, index) => {
      const before = undone[index - 1];
      if (!before || (before.endedAt !== undefined && before.endedAt <= sentAt)) return [];
      return [`order ${orderId}: ${name} was undone before ${before.name}`];
    });
  });
}

/** 9. Every message of an order carries its correlation id, and names a cause that is one of its messages. */
function storiesAreWhole({ topics }: Observed): string[] {
  const messages = [...topics.values()].flat();
  return [...Map.groupBy(messages, ({ subject }) => subject)].flatMap(([subject, own]) => {
    const ids = new Set(own.map(({ id }) => id));
    const correlations = new Set(own.map(({ correlationid }) => correlationid));
    const orphans = own.filter(({ causationid }) => causationid !== undefined && !ids.has(causationid));
    return [
      ...(correlations.size > 1 ? [`order ${subject} has ${correlations.size} correlation ids`] : []),
      ...orphans.map(
        ({ type, id }) => `order ${subject}: the cause of ${type} ${id} is none of its messages`,
      ),
    ];
  });
}

/** 11. Once the faults are over every saga has ended. */
function noSagaIsForgotten({ accepted, sagas }: Observed): string[] {
  const status = new Map(sagas.map((saga) => [saga.orderId, saga.status]));
  return accepted.flatMap((orderId) => {
    const found = status.get(orderId);
    return found === 'completed' || found === 'compensated'
      ? []
      : [`the saga of order ${orderId} is ${found ?? 'not there'}`];
  });
}
