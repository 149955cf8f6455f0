/**
 * What the release before left in the history of orders, on a real Postgres: contacts are moved to where they
 * can be erased, and what a replica of that release still writes goes there too.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { migrate } from '@sagakit/postgres/migrate';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { service } from '../src/service.ts';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations/', import.meta.url));
const FIRST_WITHOUT = '20261126010000_contacts_apart';
const CONTACT = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: { street: '12 St James Square', city: 'London', postalCode: 'SW1Y', country: 'UK' },
};
const id = (n: number) => `01900000-0000-7000-8000-00000000000${n}`;
const placed = (n: number, more: object = { contact: CONTACT }) => ({
  ...{ orderId: id(n), customerId: `customer-${n}`, lines: [], payment: { token: 'tok_visa' } },
  ...more,
});

/** The migrations of the release before. */
function releaseBefore(): { folder: string; url: URL } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'release-before-'));
  for (const name of readdirSync(MIGRATIONS).filter((each) => each < FIRST_WITHOUT))
    cpSync(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
  return { folder, url: pathToFileURL(`${folder}${path.sep}`) };
}

describe('contacts in the history of orders', () => {
  it('are moved out of it, also those that the release before writes while this one is deployed', async () => {
    const { url: database, drop } = await freshDatabase();
    const { folder, url } = releaseBefore();
    const client = new pg.Client({ connectionString: database });
    const query = async (text: string, values: unknown[] = []) =>
      (await client.query<Record<string, unknown>>(text, values)).rows;
    const insert = (n: number, type: string, data: object, sequence = 1) =>
      query('insert into order_events values ($1, $2, $3, $4, $5, now())', [
        ...[id(n), sequence, `m-${n}-${sequence}`, type, JSON.stringify(data)],
      ]);
    try {
      await migrate(database, [{ folder: url, table: '_prisma_migrations' }]);
      await client.connect();
      await insert(1, 'OrderPlaced', placed(1));
      await insert(1, 'OrderConfirmed', { orderId: id(1), paymentId: 'p' }, 2);
      await insert(2, 'OrderPlaced', placed(2));

      await service.migrate({ DATABASE_URL: database, LOG_LEVEL: 'silent' });
      const contacts = () =>
        query('select order_id, customer_id, contact from order_contacts order by order_id');
      const moved = (n: number) => ({ order_id: id(n), customer_id: `customer-${n}`, contact: CONTACT });
      assert.deepEqual(await contacts(), [moved(1), moved(2)]);

      // A replica of the release before goes on, and one of this release writes what it writes.
      await insert(3, 'OrderPlaced', placed(3));
      await insert(4, 'OrderPlaced', placed(4, {}));
      assert.deepEqual(await contacts(), [moved(1), moved(2), moved(3)]);
      const history = await query(
        'select order_id, type, data from order_events order by order_id, sequence',
      );
      assert.deepEqual(history, [
        { order_id: id(1), type: 'OrderPlaced', data: placed(1, {}) },
        { order_id: id(1), type: 'OrderConfirmed', data: { orderId: id(1), paymentId: 'p' } },
        ...[2, 3, 4].map((n) => ({ order_id: id(n), type: 'OrderPlaced', data: placed(n, {}) })),
      ]);
    } finally {
      await client.end();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
