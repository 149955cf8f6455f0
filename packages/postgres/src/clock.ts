import type { Tx } from './transaction.ts';

/**
 * The one clock of a service: its database's, which all replicas share, so that a machine whose own clock is
 * wrong or steps decides alike. What only measures how long something takes uses `performance.now()`.
 *
 * Issue it behind the statements that lock, in the same trip: then what one subject's messages say about time
 * ascends with their sequence.
 */
export async function databaseNow(db: Tx): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>({
    name: 'clock',
    text: 'select clock_timestamp() as now',
    values: [],
  });
  return (rows[0] as { now: Date }).now;
}
