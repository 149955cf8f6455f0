/** Turns what was seen of one order into a few readable lines. Pure. */
import { Definitions, type SagaAsData } from '../../console/src/story/definition.ts';
import { inputFrom } from '../../console/src/story/from-records.ts';
import { storyOf } from '../../console/src/story/story.ts';
import type { Tailed } from '@sagakit/kafka/admin/tail';
import type { Envelope } from '@sagakit/messages/envelope';
import type { OrderView } from '../shop/client.ts';

const money = ({ amount, currency }: { amount: number; currency: string }) =>
  `${(amount / 100).toFixed(2)} ${currency}`;

export function whatWasOrdered(number: number, title: string, order: OrderView): string {
  const lines = order.lines.map(({ quantity, name }) => `${quantity} x ${name}`).join(', ');
  return `${number}. ${lines} for ${money(order.total)}, with ${title}`;
}

/** Each event with its service and the milliseconds since the order was placed. */
export function whatHappened(events: readonly Envelope[]): string[] {
  const ordered = events.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.hops - b.hops));
  const began = Date.parse(ordered[0]?.time ?? '');
  const said = ordered.map(
    ({ type, source, time }) =>
      `${String(Date.parse(time) - began).padStart(5)} ms  ${type} (${source.slice(1)})`,
  );
  const width = Math.max(...said.map((text) => text.length)) + 3;
  const rows: string[] = [];
  for (let at = 0; at < said.length; at += 2)
    rows.push(`   ${(said[at] ?? '').padEnd(width)}${said[at + 1] ?? ''}`.trimEnd());
  return rows;
}

/** The sagas' definitions, as the orchestrator answers; none if it says something else. */
export const definitionsIn = (answer: unknown): readonly SagaAsData[] =>
  Definitions.safeParse(answer).data?.items ?? [];

/**
 * The story as the console tells it, by the same functions: the page says the same words, and they are here
 * also where no console runs.
 */
export function toldOf(
  tailed: readonly Tailed[],
  correlationId: string,
  definitions: readonly SagaAsData[],
): { told: string; ended: boolean } {
  const records = tailed.flatMap(({ topic, partition, offset, key, message }) => {
    if (message?.correlationid !== correlationId) return [];
    const value = Buffer.from(JSON.stringify(message));
    return [{ topic, partition, offset, key: Buffer.from(key ?? ''), value, headers: [] }];
  });
  return storyOf(inputFrom(correlationId, records, definitions));
}

export function howItEnded(order: OrderView): string {
  const tookMs = Date.parse(order.updatedAt) - Date.parse(order.placedAt);
  return `   = ${order.status}${order.reason ? ` (${order.reason})` : ''} after ${tookMs} ms`;
}
