/** A connection for one piece of work, for tests and tools. */
import pg from 'pg';

/** Ends it, whatever became of the work. */
export async function connectedTo<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The rows of one statement. */
export const queryAt = <Row extends object>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> => connectedTo(url, async (client) => (await client.query(text, values)).rows as Row[]);
