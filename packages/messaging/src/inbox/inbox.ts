import type { Tx } from '@sagakit/postgres/transaction';

/** What the inbox remembers: CloudEvents' (source, id), or the record's place where it has none. */
export type InboxKey = { source: string; id: string };

export const keyOf = ({ source, id }: InboxKey): string => `${source}\n${id}`;

/**
 * Takes the keys that were not there yet, and says which. It is the first statement of a batch's transaction,
 * so that a replica that has the same messages waits here for this one's COMMIT and then drops them.
 */
export async function takeNew(tx: Tx, consumer: string, keys: InboxKey[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  // Sorted: two replicas that insert the same keys in another order each would wait for each other.
  const sorted = keys.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { rows } = await tx.query<InboxKey>({
    name: 'inbox-take-new',
    text: `insert into inbox (consumer, source, id)
           select $1, taken.source, taken.id from unnest($2::text[], $3::text[]) as taken (source, id)
           on conflict do nothing
           returning source, id`,
    values: [consumer, sorted.map(({ source }) => source), sorted.map(({ id }) => id)],
  });
  return new Set(rows.map(keyOf));
}
