/**
 * What the console answers: one schema for each answer, and its type. `/openapi.json` is made of the schemas;
 * the page imports the types.
 *
 * Everywhere: times are ISO 8601 in UTC with milliseconds, durations are milliseconds in fields that end in
 * `Ms`, `amount` is an integer in minor units. A field that is absent is not known or does not apply; nothing
 * is ever a guess. Personal data and card tokens are cut before they are stored, so no answer has them.
 */
import { z } from 'zod';

const Time = z.iso.datetime();
const Name = z.string();
const Count = z.int().min(0);
const Ms = z.number();

export const Money = z.object({ amount: z.int(), currency: z.string() });
export type Money = z.infer<typeof Money>;

/** RFC 9457, with every status from 400 on. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

// ---- GET /api/config

export const Link = z.object({
  group: z.enum(['service', 'openapi', 'observe', 'mail', 'provider']),
  name: Name,
  url: z.string(),
});
export type Link = z.infer<typeof Link>;

/** What a card token does, for the shop's form. */
export const Card = z.object({
  token: z.string(),
  title: z.string(),
  /** What will be seen, in a sentence. */
  expect: z.string(),
});
export type Card = z.infer<typeof Card>;

export const Config = z.object({
  name: Name,
  version: z.string(),
  currency: z.string(),
  /** Every step's deadline in this stack; absent: each step has its own. */
  stepDeadlineMs: Ms.optional(),
  /** No button that writes is to be shown, and every write is answered 403. */
  readOnly: z.boolean(),
  /** Faults can be switched on here. */
  faults: z.boolean(),
  limits: z.object({
    /** At most so many rows of one story are sent. */
    storyRows: Count,
    payloadBytes: Count,
    /** So many characters from the end of an id are enough to find it. */
    endOfId: Count,
    waitMs: Ms,
    listRows: Count,
  }),
  /** The services that own topics, in the order of the catalogue: lanes stand in this order. */
  services: z.array(Name),
  links: z.array(Link),
  cards: z.array(Card),
});
export type Config = z.infer<typeof Config>;

// ---- GET /api/find?q=

export const Hit = z.object({
  kind: z.enum(['order', 'story', 'message', 'trace', 'saga', 'dead-letter']),
  /** The whole id, also if eight characters were asked for. */
  id: z.string(),
  /** In words: `PaymentDeclined of /payment`. */
  label: z.string(),
  /** The story to open. */
  story: z.string(),
});
export type Hit = z.infer<typeof Hit>;

export const Found = z.object({ q: z.string(), hits: z.array(Hit), more: z.boolean() });
export type Found = z.infer<typeof Found>;

// ---- GET /api/stories

export const OrderStatus = z.enum(['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED']);
export type OrderStatus = z.infer<typeof OrderStatus>;

export const SagaStatus = z.enum(['running', 'compensating', 'completed', 'compensated', 'needs-attention']);
export type SagaStatus = z.infer<typeof SagaStatus>;

/** `stock` and `price`: what happened to a product; `other`: messages of no order that this console knows. */
export const StoryKind = z.enum(['order', 'stock', 'price', 'other']);
export type StoryKind = z.infer<typeof StoryKind>;

export const StoryRow = z.object({
  correlationId: z.string(),
  kind: StoryKind,
  orderId: z.string().optional(),
  customerId: z.string().optional(),
  status: OrderStatus.optional(),
  reason: z.string().optional(),
  /** `2 × Mechanical keyboard, 1 × Monitor`; of other kinds the subject. */
  title: z.string(),
  total: Money.optional(),
  /** The newest saga's. */
  saga: z.object({ name: Name, status: SagaStatus }).optional(),
  firstAt: Time,
  lastAt: Time,
  placedAt: Time.optional(),
  /** From the first message to the one that ended the order. Absent while it runs. */
  tookMs: Ms.optional(),
  messages: Count,
  /** Commands that undid something were sent. */
  undone: z.boolean(),
  parked: Count,
  /** Records that Kafka has more than once. */
  copies: Count,
});
export type StoryRow = z.infer<typeof StoryRow>;

export const Stories = z.object({
  items: z.array(StoryRow),
  /** Of all that fit the filters but the status; counted up to a bound, which `atLeast` says. */
  counts: z.object({
    PENDING: Count,
    CONFIRMED: Count,
    REJECTED: Count,
    CANCELLED: Count,
    other: Count,
    atLeast: z.boolean(),
  }),
  nextCursor: z.string().optional(),
});
export type Stories = z.infer<typeof Stories>;

// ---- GET /api/overview

export const Overview = z.object({
  from: Time,
  to: Time,
  orders: Count,
  byStatus: z.record(OrderStatus, Count),
  byReason: z.record(z.string(), Count),
  /** Of confirmed orders. */
  revenue: Money,
  /** From placing to the end of the order. Absent while none ended. */
  tookMs: z.object({ p50: Ms, p95: Ms }).optional(),
  /** Oldest first, one for each minute. */
  minutes: z.array(
    z.object({
      at: Time,
      placed: Count,
      confirmed: Count,
      rejected: Count,
      cancelled: Count,
      messages: Count,
    }),
  ),
  /**
   * `parked` and `overdue` as the services say; absent while one of them, named in `away`, does not say.
   * `why` it does not: it is not there, it has not answered in time, or its answer is of no use.
   */
  attention: z.object({
    sagas: Count,
    parked: Count.optional(),
    overdue: Count.optional(),
    away: z.array(Name),
    why: z.record(Name, z.enum(['away', 'slow', 'error'])),
  }),
});
export type Overview = z.infer<typeof Overview>;

// ---- GET /api/stories/{correlationId}

/**
 * One send of a saga, with its repeats.
 * `silent`: no reply by the deadline (or the saga was turned back from outside), so that what it did is
 * unknown.
 */
export const Send = z.object({
  command: z.string(),
  status: z.enum(['never-sent', 'waiting', 'done', 'refused', 'silent']),
  attempts: Count,
  /** Of the first send. */
  sentAt: Time.optional(),
  /** Of the last send. */
  resentAt: Time.optional(),
  endedAt: Time.optional(),
  /** The type of the reply that counted. */
  answer: z.string().optional(),
  /** Why the participant said no, in its own word: `card-declined`. */
  refusal: z.string().optional(),
  /** From when it has timed out, while it waits and the deadline is known. */
  deadline: Time.optional(),
  /** The message of the first send; the others are in the `repeats` of its row. */
  sendId: z.string().optional(),
  /** The reply that counted. */
  answerId: z.string().optional(),
});
export type Send = z.infer<typeof Send>;

export const Step = z.object({
  name: Name,
  afterNoReturn: z.boolean(),
  status: z.enum(['never-sent', 'waiting', 'done', 'refused', 'unknown', 'undoing', 'undone']),
  do: Send,
  /** Absent: there is nothing to undo, and `nothingToUndo` says why. */
  undo: Send.optional(),
  nothingToUndo: z.string().optional(),
});
export type Step = z.infer<typeof Step>;

export const Saga = z.object({
  /** The id of the message that started it. */
  sagaId: z.string(),
  name: Name,
  version: z.int().optional(),
  status: SagaStatus,
  /** Why it turned back. */
  why: z
    .object({ kind: z.enum(['refused', 'silent', 'cancelled', 'operator']), reason: z.string().optional() })
    .optional(),
  startedAt: Time,
  endedAt: Time.optional(),
  /** `unknown`: the steps are those that were sent; what would have come is not known. */
  definition: z.enum(['known', 'unknown']),
  /** Where it is written: `services/saga-orchestrator/src/sagas/place-order.saga.ts`. */
  sourceFile: z.string().optional(),
  steps: z.array(Step),
  /** What is told once all is undone: `RejectOrder`. */
  end: Send.optional(),
});
export type Saga = z.infer<typeof Saga>;

/**
 * What a reader did with a message. `took-effect` is known from what it wrote because of it (`messages`),
 * `parked` from its dead letters, `duplicate` and `ignored` (by which name) from spans alone.
 */
export const Reader = z.object({
  service: Name,
  did: z.enum(['took-effect', 'duplicate', 'ignored', 'parked']),
  reason: z.string().optional(),
  messages: Count.optional(),
});
export type Reader = z.infer<typeof Reader>;

/**
 * `undo`: a command that takes back; `refusal`: a reply that says no; `saga`: what a saga tells about itself.
 */
export const EventKind = z.enum(['command', 'undo', 'event', 'refusal', 'saga']);
export type EventKind = z.infer<typeof EventKind>;

export const StoryEvent = z.object({
  source: z.string(),
  id: z.string(),
  type: z.string(),
  /** `PaymentDeclined 1.0`, if the contracts know it. */
  schema: z.string().optional(),
  kind: EventKind,
  /** The service that wrote it: its lane. */
  lane: Name,
  subject: z.string(),
  time: Time,
  /** Since the story's first message. */
  afterMs: Ms,
  causationId: z.string().optional(),
  /** After its cause, by the two clocks; below 0 if they disagree. */
  afterCauseMs: Ms.optional(),
  /** The ids of what it caused, in the story's order, each with a row of its own. */
  effects: z.array(z.string()),
  sequence: z.int(),
  hops: Count,
  sagaId: z.string().optional(),
  /** The step that it is a send or the answer of: `process-payment`, `do`. */
  step: z.object({ saga: Name, name: Name, direction: z.enum(['do', 'undo']) }).optional(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  traceId: z.string(),
  bytes: Count,
  /** Further records of the same message in Kafka. */
  copies: z.array(z.object({ partition: z.int(), offset: z.string() })),
  readers: z.array(Reader),
  /** Further sends of the same command that are folded into this row: they differ by id and time alone. */
  repeats: z.object({ count: Count, lastAt: Time, ids: z.array(z.string()) }).optional(),
});
export type StoryEvent = z.infer<typeof StoryEvent>;

export const Parked = z.object({
  service: Name,
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  key: z.string().optional(),
  type: z.string().optional(),
  reason: z.string(),
  error: z.string(),
  attempts: Count,
  parkedAt: Time,
  /** The message that it is a copy of, if it can be read. */
  messageId: z.string().optional(),
});
export type Parked = z.infer<typeof Parked>;

export const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentId: z.string().optional(),
  service: Name,
  name: z.string(),
  kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer']),
  /** Since the story's first message. */
  startMs: Ms,
  durationMs: Ms,
  failed: z.boolean(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Span = z.infer<typeof Span>;

/** What the events say about the world. */
export const Results = z.object({
  charged: Money.optional(),
  refunded: Money.optional(),
  /** Absent: nothing was ever reserved. */
  stock: z
    .object({
      state: z.enum(['reserved', 'sold', 'given-back']),
      lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
    })
    .optional(),
  mails: z.array(z.object({ kind: z.string(), at: Time })),
});
export type Results = z.infer<typeof Results>;

export const Story = z.object({
  correlationId: z.string(),
  kind: StoryKind,
  orderId: z.string().optional(),
  /** In words, whole sentences. */
  told: z.string(),
  status: OrderStatus.optional(),
  reason: z.string().optional(),
  customerId: z.string().optional(),
  lines: z
    .array(z.object({ sku: z.string(), name: z.string(), quantity: z.int(), unitPrice: Money }))
    .optional(),
  total: Money.optional(),
  firstAt: Time,
  lastAt: Time,
  placedAt: Time.optional(),
  endedAt: Time.optional(),
  tookMs: Ms.optional(),
  /** Nothing more is expected: the order and its sagas have ended, and the mail is sent. */
  ended: z.boolean(),
  /** Oldest first. */
  sagas: z.array(Saga),
  /** Causes before effects; among those in the order of time. */
  events: z.array(StoryEvent),
  parked: z.array(Parked),
  spans: z.array(Span),
  /** All traces of the story: placing, cancelling, replays. */
  traces: z.array(z.string()),
  results: Results,
  /** What is there beyond what is shown. */
  more: z.object({
    messages: Count,
    shown: Count,
    parked: Count,
    spans: z.enum(['none', 'all', 'some']),
    /** Why it is not all of them, in a sentence. */
    whyNotAllSpans: z.string().optional(),
  }),
});
export type Story = z.infer<typeof Story>;

// ---- GET /api/stories/{correlationId}/messages/{source}/{messageId}   (the source without its slash:
// `payment`)

export const Payload = z.object({
  source: z.string(),
  id: z.string(),
  type: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  bytes: Count,
  /** The record's value is longer than what is kept, or deeper than can be shown: `envelope` is absent. */
  cut: z.boolean(),
  /** Paths whose content was cut: `data.payment.token`. */
  masked: z.array(z.string()),
  /** The CloudEvent, as JSON. */
  envelope: z.unknown().optional(),
  /** The beginning of the record's value as text, if `cut`. */
  raw: z.string().optional(),
  headers: z.record(z.string(), z.string()),
});
export type Payload = z.infer<typeof Payload>;

// ---- GET /api/stories/{correlationId}/money

const answerOf = <S extends z.ZodType>(value: S) =>
  z.discriminatedUnion('answers', [
    z.object({ service: Name, answers: z.literal('yes'), asOf: Time, value }),
    z.object({ service: Name, answers: z.literal('nothing'), asOf: Time }),
    z.object({ service: Name, answers: z.literal('no'), asOf: Time, why: z.string() }),
  ]);

/** What the services say now; one that is away costs the others nothing. */
export const MoneyNow = z.object({
  payment: answerOf(z.object({ status: z.string(), amount: Money, charges: Count, refunds: Count })),
  provider: answerOf(z.object({ charges: Count, refunds: Count, declined: Count, net: Money })).optional(),
  mails: answerOf(z.array(z.object({ kind: z.string(), sentAt: Time }))),
});
export type MoneyNow = z.infer<typeof MoneyNow>;

// ---- the shop: GET /api/shop/products, POST /api/shop/orders, POST /api/shop/orders/{id}/cancel

export const Product = z.object({
  sku: z.string(),
  name: z.string(),
  price: Money,
  available: z.int(),
  reserved: z.int(),
  sold: z.int(),
});
export type Product = z.infer<typeof Product>;
export const Products = z.object({ items: z.array(Product), nextCursor: z.string().optional() });
export type Products = z.infer<typeof Products>;

/** As the order service takes it; the header `Idempotency-Key` is passed on. */
export const OrderToPlace = z.object({
  customerId: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  payment: z.object({ token: z.string() }),
  contact: z.object({
    email: z.string(),
    name: z.string(),
    address: z.object({ street: z.string(), city: z.string(), postalCode: z.string(), country: z.string() }),
  }),
});
export type OrderToPlace = z.infer<typeof OrderToPlace>;

/** 202, as the order service answers; every other status and problem is passed on too. */
export const Placed = z.looseObject({ orderId: z.string(), status: OrderStatus, correlationId: z.string() });
export type Placed = z.infer<typeof Placed>;

// ---- who is signed in: GET and POST /api/session

/** `signIn` false: this stack asks nobody who they are. `as` absent: nobody is signed in, and may look. */
export const SessionNow = z.object({
  signIn: z.boolean(),
  /** Whom the demo offers to be, in the order in which it offers them. */
  people: z.array(z.string()),
  as: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  /** Whose orders they may place and cancel: everybody's, their own, nobody's. */
  orders: z.enum(['any', 'own', 'none']),
});
export type SessionNow = z.infer<typeof SessionNow>;
export const SignInAt = z.object({ location: z.string() });
export type SignInAt = z.infer<typeof SignInAt>;
