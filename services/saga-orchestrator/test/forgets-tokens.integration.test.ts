/**
 * Sagas of the release before that had ended, on a real Postgres: their card tokens go with the migration.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { migrate } from '@sagakit/postgres/migrate';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import pg from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations/', import.meta.url));
const FORGETS = '20261126010000_forget_card_tokens';
const id = (n: number) => `01900000-0000-7000-8000-00000000000${n}`;
const data = (payment?: object) => ({ orderId: id(1), ...(payment ? { payment } : {}) });
const TOKEN = { token: 'tok_visa' };

it('an ended saga that the release before stored loses its card token, one under way keeps it', async () => {
  const { url: database, drop } = await freshDatabase();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'release-before-'));
  const url = pathToFileURL(`${folder}${path.sep}`);
  const source = { folder: url, table: '_prisma_migrations' } as const;
  const take = (name: string) =>
    cpSync(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
  for (const name of readdirSync(MIGRATIONS).filter((each) => each < FORGETS)) take(name);
  const client = new pg.Client({ connectionString: database });
  const store = (n: number, status: string, state: object, earlier: object[]) =>
    client.query(
      `insert into sagas values ($1, 1, 1, 's', 'place-order', 1, $2, $3, 'c', '{}', null, null, null, $4, now(), now())`,
      [id(n), status, JSON.stringify(state), JSON.stringify(earlier)],
    );
  try {
    await migrate(database, [source]);
    await client.connect();
    await store(1, 'running', { name: 'a', data: data(TOKEN) }, []);
    await store(2, 'completed', { name: 'a', data: data(TOKEN) }, []);
    await store(3, 'compensated', { name: 'a', data: data(TOKEN) }, []);
    await store(4, 'running', { name: 'b', data: data() }, [
      { name: 'a', data: data() },
      { name: 'a', data: data(TOKEN), more: 1 },
    ]);
    take(FORGETS);
    await migrate(database, [source]);
    const { rows } = await client.query('select state, earlier from sagas order by order_id');
    assert.deepEqual(rows, [
      { state: { name: 'a', data: data(TOKEN) }, earlier: [] },
      { state: { name: 'a', data: data({}) }, earlier: [] },
      { state: { name: 'a', data: data({}) }, earlier: [] },
      {
        state: { name: 'b', data: data() },
        earlier: [
          { name: 'a', data: data() },
          { name: 'a', data: data({}), more: 1 },
        ],
      },
    ]);
  } finally {
    await client.end();
    await drop();
    rmSync(folder, { recursive: true, force: true });
  }
});
