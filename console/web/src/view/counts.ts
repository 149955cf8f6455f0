/** How many messages a story has, and had by then, in words that fit the rows that are stepped through. */
import type { Story } from '@order-saga/console/api';

type Of = Pick<Story, 'events' | 'more'>;

/** Repeats of a send are one row; of a very long story not all rows are sent. */
export function messagesOf(seen: Of, whole: Of): string {
  const [now, all] = [seen.more.messages, whole.more.messages];
  const [row, rows] = [seen.events.length, whole.events.length];
  const count = seen === whole ? String(all) : `${now} of ${all}`;
  if (rows === all) return count;
  const inRows = whole.events.reduce((n, { repeats }) => n + 1 + (repeats?.count ?? 0), 0);
  if (inRows < all) return `${count}, ${rows} rows shown`;
  return seen === whole ? `${count}, in ${rows} rows` : `${count}, in ${row} of ${rows} rows`;
}
