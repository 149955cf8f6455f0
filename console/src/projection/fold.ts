/**
 * Records become rows. Pure: the same set of records gives the same rows, in whatever order and however often
 * they come.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { RawRecord } from '@sagakit/kafka/record';
import { erasableTopics } from '@sagakit/messages/personal';
import { addMinutes, joinParked, joinPositions, joinProducts, joinStories } from './join-rows.ts';
import { readRecord } from './read-record.ts';
import {
  byPlace,
  type CopyRow,
  letterKey,
  type MessageRow,
  messageKey,
  minuteKey,
  type MinuteRow,
  noRows,
  placeKey,
  positionKey,
  type PositionRow,
  type ProductRow,
  registerKey,
  type Rows,
} from './rows.ts';
import { printable, storyPart } from './story-part.ts';

/** The rows that one batch gives, to be joined with those that are stored. */
export function foldBatch(records: readonly RawRecord[]): Rows {
  const rows = noRows();
  for (const record of records) fold(rows, record);
  return rows;
}

/**
 * Topics that keep what belongs to a story for longer than its other messages are kept: such a message is
 * told in its story, and by itself it is none.
 */
export const OUTLASTS = erasableTopics(catalogue);

/** Changes `rows`. */
export function fold(rows: Rows, record: RawRecord): void {
  put(rows.positions, positionKey, positionAfter(record), joinPositions);
  const read = readRecord(record);
  switch (read.kind) {
    case 'nothing':
      return;
    case 'parked':
      return put(rows.parked, letterKey, read.parked, joinParked);
    case 'message': {
      const { message, data } = read;
      if (!OUTLASTS.has(message.topic)) {
        put(rows.stories, ({ story }) => story, storyPart(message, data), joinStories);
        rows.traces.set(`${message.trace} ${message.story}`, { trace: message.trace, story: message.story });
      }
      const product = productOf(message, data);
      if (product) put(rows.products, ({ sku }) => sku, product, joinProducts);
      if (place(rows, message)) put(rows.minutes, minuteKey, minuteOf(message), addMinutes);
    }
  }
}

function put<R>(table: Map<string, R>, keyOf: (row: R) => string, row: R, join: (a: R, b: R) => R): void {
  const key = keyOf(row);
  const before = table.get(key);
  table.set(key, before === undefined ? row : join(before, row));
}

/**
 * Of the records of one message the first is the message, the others are copies. False if the record was
 * there before.
 */
function place(rows: Pick<Rows, 'messages' | 'copies'>, message: MessageRow): boolean {
  const key = messageKey(message);
  const before = rows.messages.get(key);
  if (!before) {
    rows.messages.set(key, message);
    return true;
  }
  const order = byPlace(message, before);
  if (order === 0 || rows.copies.has(placeKey(message))) return false;
  const copy = order < 0 ? before : message;
  if (order < 0) rows.messages.set(key, message);
  rows.copies.set(placeKey(copy), copyOf(copy));
  return true;
}

export const copyOf = ({
  topic,
  partition,
  offset,
  source,
  id,
  story,
  type,
  loggedAt,
}: MessageRow): CopyRow => ({
  topic,
  partition,
  offset,
  source,
  id,
  story,
  type,
  loggedAt,
});

export const minuteOf = ({ loggedAt, topic, type }: CopyRow): MinuteRow => ({
  minute: `${loggedAt.slice(0, 16)}:00.000Z`,
  topic,
  type,
  n: 1,
});

function positionAfter({ topic, partition, offset, timestamp }: RawRecord): PositionRow {
  const at = Number(timestamp);
  const loggedAt = timestamp !== undefined && at >= 0 ? new Date(at).toISOString() : null;
  return { topic, partition, next: String(BigInt(offset) + 1n), loggedAt, first: offset, firstAt: loggedAt };
}

const PRODUCTS = new Set(['ProductListed', 'ProductPriceChanged']);

function productOf(message: MessageRow, data: unknown): ProductRow | undefined {
  if (data === undefined || !PRODUCTS.has(message.type)) return undefined;
  const { sku, name, price } = data as {
    sku: string;
    name: string;
    price: { amount: number; currency: string };
  };
  return { sku, name: printable(name), ...price, productKey: registerKey(message) };
}
