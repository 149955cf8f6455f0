/**
 * What one generation of the read model is made of. Every row is a function of the SET of records that were
 * read, not of the order in which they came or how often: rows of one key are joined by rules that are
 * commutative, associative and idempotent.
 */

/** Where a record lies. `offset` in decimal. */
export type Place = { topic: string; partition: number; offset: string };

/**
 * Times are ISO 8601 with milliseconds. Of two records with the same source and id the one that lies first is
 * the message.
 */
export type MessageRow = Place & {
  source: string;
  id: string;
  story: string;
  subject: string;
  type: string;
  time: string;
  /** Kafka's own time. */
  loggedAt: string;
  sequence: number;
  hops: number;
  cause: string | null;
  saga: string | null;
  trace: string;
  span: string;
  version: string | null;
  /** The envelope as JSON, without personal data; what is longer than MAX_VALUE is cut. */
  value: string;
  /** Of the record's value, as it came. */
  bytes: number;
};

/** A further record of a message: Kafka has it more than once. */
export type CopyRow = Place & { source: string; id: string; story: string; type: string; loggedAt: string };

/**
 * A register holds what the record with the highest key said; a key names one record (see registerKey):
 * `0000000003 /order 0190… order.events/1/7`.
 */
type Placed = {
  placedKey: string;
  orderId: string;
  customer: string;
  title: string;
  /** ` SKU-0001 SKU-0012 `, with blanks around each. */
  skus: string;
  amount: number;
  currency: string;
  placedAt: string;
};
type Status = { statusKey: string; status: string; reason: string | null; statusAt: string };
type SagaSaid = { sagaKey: string; saga: string; sagaStatus: string };

export type StoryRow = {
  story: string;
  /** 3 order, 2 stock, 1 price, 0 other: the highest of its messages. */
  kind: number;
  subject: string;
  firstAt: string;
  lastAt: string;
  undone: boolean;
  placed?: Placed;
  status?: Status;
  saga?: SagaSaid;
};

export type ParkedRow = Place & {
  /** Of the dead letters that name one place the one with the highest key counts: the newest. */
  parkedKey: string;
  service: string;
  story: string | null;
  key: string | null;
  type: string | null;
  messageId: string | null;
  reason: string;
  error: string;
  attempts: number;
  parkedAt: string;
  value: string | null;
};

export type ProductRow = { sku: string; name: string; amount: number; currency: string; productKey: string };

/** Records of one type on one topic, in one minute of Kafka's time. */
export type MinuteRow = { minute: string; topic: string; type: string; n: number };

/** `next` is the offset to be read next; `first` the lowest that was ever read, with its time. */
export type PositionRow = {
  topic: string;
  partition: number;
  next: string;
  loggedAt: string | null;
  first: string;
  firstAt: string | null;
};

export type Rows = {
  messages: Map<string, MessageRow>;
  copies: Map<string, CopyRow>;
  stories: Map<string, StoryRow>;
  /** `trace story` */
  traces: Map<string, { trace: string; story: string }>;
  parked: Map<string, ParkedRow>;
  products: Map<string, ProductRow>;
  minutes: Map<string, MinuteRow>;
  positions: Map<string, PositionRow>;
};

export const noRows = (): Rows => ({
  messages: new Map(),
  copies: new Map(),
  stories: new Map(),
  traces: new Map(),
  parked: new Map(),
  products: new Map(),
  minutes: new Map(),
  positions: new Map(),
});

export const messageKey = ({ source, id }: { source: string; id: string }) => `${source} ${id}`;
export const placeKey = ({ topic, partition, offset }: Place) => `${topic}/${partition}/${offset}`;
export const letterKey = (row: ParkedRow) => `${row.service} ${placeKey(row)}`;
export const minuteKey = ({ minute, topic, type }: MinuteRow) => `${minute} ${topic} ${type}`;
export const positionKey = ({ topic, partition }: PositionRow) => `${topic}/${partition}`;

/** As the database compares text (collation "C"): by bytes. */
export const byBytes = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));

export function byPlace(a: Place, b: Place): number {
  if (a.topic !== b.topic) return byBytes(a.topic, b.topic);
  if (a.partition !== b.partition) return a.partition - b.partition;
  return byOffset(a.offset, b.offset);
}

/** Decimal numbers without leading zeros. */
export const byOffset = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Later messages of one source and subject have higher keys; no two records have the same. */
export const registerKey = (message: MessageRow): string =>
  `${String(message.sequence).padStart(10, '0')} ${messageKey(message)} ${placeKey(message)}`;
