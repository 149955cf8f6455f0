/** Turns what was seen of one order into a few readable lines. Pure. */
import type { Envelope } from '@sagakit/messages/envelope';
import type { OrderView, SagaView } from '../shop/client.ts';

const money = ({ amount, currency }: { amount: number; currency: string }) =>
  `${(amount / 100).toFixed(2)} ${currency}`;

export function whatWasOrdered(number: number, title: string, order: OrderView): string {
  const lines = order.lines.map(({ quantity, name }) => `${quantity} x ${name}`).join(', ');
  return `${number}. ${lines} for ${money(order.total)}, with ${title}`;
}

/** Each event with its service and the milliseconds since the order was placed. */
export function whatHappened(events: Envelope[]): string[] {
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

export function howItEnded(
  order: OrderView,
  saga: SagaView,
  payment: { charges: number; refunds: number } | undefined,
): string {
  const tookMs = Date.parse(order.updatedAt) - Date.parse(order.placedAt);
  const undone = saga.steps.filter(({ undo }) => undo?.endedAt).map(({ name }) => name);
  const money = payment && payment.charges > 0 ? 'charged once' : 'nothing charged';
  const because = order.reason ? ` (${order.reason})` : '';
  const undo =
    order.status === 'CONFIRMED'
      ? ''
      : `, undone: ${undone.length > 0 ? undone.reverse().join(', ') : 'nothing to undo'}`;
  return `   = ${order.status}${because} after ${tookMs} ms, ${money}${undo}`;
}
