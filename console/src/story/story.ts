/**
 * A story, from all that is known of one correlation id. Pure: the page at `?at=9` is this function of the
 * first nine messages.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Parked, Results, Saga, Story, StoryKind } from '../api.ts';
import type { ParkedRow } from '../projection/rows.ts';
import { inCausalOrder } from './causal-order.ts';
import { eventsOf } from './events.ts';
import { type StoryInput, type StoryMessage, toMessage } from './message.ts';
import { orderOf, resultsOf } from './results.ts';
import { sagasOf } from './sagas.ts';
import { howMany, readingsOf, type SpansOfStory, spansOf } from './spans.ts';
import { tell } from './tell.ts';

const ORDER = catalogue.sourceOf(catalogue.definitionOf('OrderPlaced').topic);
/** Rows of one story that are sent at most. */
export const MAX_ROWS = 500;
const SHOWN_FROM_END = 100;
const MAX_PARKED = 100;
const NO_SPANS: SpansOfStory = { rows: [], cut: false };

export function storyOf(input: StoryInput): Story {
  const { correlationId, definitions, copies, parked, spans = NO_SPANS } = input;
  const messages = inCausalOrder(input.messages.map(toMessage));
  const { sagas, refs } = sagasOf(messages, definitions);
  const events = eventsOf(messages, {
    ...{ copies, parked, definitions, refs },
    readings: readingsOf(spans),
  });
  const order = orderOf(messages);
  const results = resultsOf(messages);
  const times = messages.map(({ time }) => time).sort();
  const shown = bounded(events);
  const traces = [...new Set(messages.map(({ trace }) => trace))];
  const story: Omit<Story, 'told'> = {
    correlationId,
    kind: kindOf(messages, order.orderId),
    ...order,
    ...span(times),
    ...(order.placedAt && order.endedAt
      ? { tookMs: Date.parse(order.endedAt) - Date.parse(order.placedAt) }
      : {}),
    ended: order.status === undefined ? isOfNoOrder(messages) : hasEnded(order.status, sagas, results),
    sagas,
    events: shown,
    parked: parked.slice(0, MAX_PARKED).map(parkedView),
    spans: spansOf(spans, times[0] ?? ''),
    traces,
    results,
    more: {
      ...{ messages: input.messageCount, shown: shown.length, parked: input.parkedCount },
      spans: howMany(spans, traces),
      ...(spans.why ? { whyNotAllSpans: spans.why } : {}),
    },
  };
  return { ...story, told: tell(story) };
}

const span = (times: readonly string[]) => ({ firstAt: times[0] ?? '', lastAt: times.at(-1) ?? '' });

/** The beginning and the end of a story that is too long to be sent. */
function bounded<T>(rows: readonly T[]): T[] {
  if (rows.length <= MAX_ROWS) return [...rows];
  return [...rows.slice(0, MAX_ROWS - SHOWN_FROM_END), ...rows.slice(-SHOWN_FROM_END)];
}

function kindOf(messages: readonly { type: string }[], orderId: string | undefined): StoryKind {
  if (orderId !== undefined) return 'order';
  const has = (type: string) => messages.some((message) => message.type === type);
  if (has('StockAdjusted')) return 'stock';
  return has('ProductPriceChanged') ? 'price' : 'other';
}

/**
 * Topics are read as they come: a command or the customer's contact may be here before the order is, of which
 * all is still to be told.
 */
const isOfNoOrder = (messages: readonly StoryMessage[]): boolean =>
  messages.every(({ saga, topic }) => !saga && catalogue.sourceOf(topic) !== ORDER);

/** Each outcome has a mail of its own: an order that was confirmed and then cancelled gets two. */
function hasEnded(status: NonNullable<Story['status']>, sagas: readonly Saga[], { mails }: Results): boolean {
  const live = sagas.length === 0 || sagas.some(({ endedAt }) => endedAt === undefined);
  return !live && mails.some(({ kind }) => kind === `order-${status.toLowerCase()}`);
}

function parkedView({
  key,
  type,
  messageId,
  parkedKey: _,
  story: __,
  value: ___,
  ...row
}: ParkedRow): Parked {
  return {
    ...row,
    ...(key === null ? {} : { key }),
    ...(type === null ? {} : { type }),
    ...(messageId === null ? {} : { messageId }),
  };
}
