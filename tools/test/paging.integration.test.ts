/** Every list that pages: each row that fits the filter exactly once, whatever changes between the pages. */
import { OPERATORS } from '@order-saga/contracts/access';
import { ANYBODY } from '@sagakit/service-kit/http/auth/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { createReplays } from '@sagakit/messaging/replay/replay';
import { masksOf } from '@sagakit/messages/personal';
import { deadLetterEndpoints } from '@sagakit/service-kit/http/dead-letters';
import type { Endpoint } from '@sagakit/service-kit/http/endpoint';
import { MESSAGING_MIGRATIONS } from '@sagakit/messaging/migrations';
import { migrate } from '@sagakit/postgres/migrate';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import { participant } from '@sagakit/testing/participant';
import pg from 'pg';
import { readStock } from '../../services/inventory/src/http/stock.ts';
import { createReads as inventoryReads } from '../../services/inventory/src/storage/reads.ts';
import { getNotifications } from '../../services/notification/src/http/get-notifications.ts';
import { createReads as notificationReads } from '../../services/notification/src/storage/reads.ts';
import { getOrders } from '../../services/order/src/http/get-orders.ts';
import { createReads as orderReads } from '../../services/order/src/storage/reads.ts';
import { getSagas } from '@sagakit/saga/http/get-sagas';
import { createSagaReads } from '@sagakit/saga/reads';
import { definitionsOf } from '@sagakit/saga/release';
import { RELEASE } from '../../services/saga-orchestrator/src/sagas/all.ts';

type Item = Record<string, string>;
type Page = { items: Item[]; nextCursor?: string };
type Query = Record<string, string>;

const ROWS = 450;

function listOf(endpoints: readonly Endpoint[], path: string): (query: Query) => Promise<Page> {
  const list = endpoints.find((endpoint) => endpoint.method === 'get' && endpoint.path === path);
  assert.ok(list);
  return async (query) =>
    (await list.handle({ params: {}, query, headers: {}, body: undefined, caller: ANYBODY })).body as Page;
}

/** Reads to the end; `between` is done after each page but the last. */
async function readAll(
  list: (query: Query) => Promise<Page>,
  filter: Query,
  between: (page: Page) => Promise<unknown>,
): Promise<Item[]> {
  const seen: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await list({ ...filter, limit: '50', ...(cursor ? { cursor } : {}) });
    assert.ok(page.items.length <= 50);
    seen.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return seen;
    await between(page);
  }
}

function assertEachOnce(seen: Item[], key: string, expected: string[]): void {
  const ids = seen.map((item) => item[key] as string);
  const counted = new Set(ids);
  assert.equal(ids.length, counted.size, 'none is given twice');
  const missing = expected.filter((id) => !counted.has(id));
  assert.equal(missing.length, 0, `${missing.length} of ${expected.length} are missing`);
}

const uuids = (count: number) => Array.from({ length: count }, () => randomUUID());

/** A service's database without the service. */
async function databaseOf(service: string) {
  const database = await freshDatabase();
  const migrations = new URL(`../../services/${service}/prisma/migrations/`, import.meta.url);
  await migrate(database.url, [MESSAGING_MIGRATIONS, { folder: migrations, table: '_prisma_migrations' }]);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  return { pool, close: () => pool.end().then(database.drop) };
}

describe('parked messages', () => {
  const park = `insert into dead_letters (id, reason, error, attempts, topic, partition, "offset", headers, parked_at)
    select unnest($1::uuid[]), 'not-json', '', 1, 't', 0, 0, '{}', now()`;

  it('of one batch, all parked in the same instant, while others are parked and some are closed', async () => {
    const own = await participant({ catalogue, consumer: 'test', aggregates: [] });
    try {
      const ids = uuids(ROWS);
      await own.pool.query(park, [ids]);
      const list = listOf(
        deadLetterEndpoints(
          own.pool,
          createReplays({ ...own.options, effectKinds: [] }),
          OPERATORS,
          masksOf(catalogue),
        ),
        '/dead-letters',
      );
      const seen = await readAll(list, { status: 'parked' }, async ({ items }) => {
        await own.pool.query(park, [uuids(3)]);
        const closed = [items.at(-1)?.['id'], items[0]?.['id']];
        await own.pool.query(
          `update dead_letters set status = 'discarded', closed_at = now() where id = any($1::uuid[])`,
          [closed],
        );
      });
      assertEachOnce(seen, 'id', ids);
    } finally {
      await own.close();
    }
  });

  it('parked microseconds apart', async () => {
    const own = await participant({ catalogue, consumer: 'test', aggregates: [] });
    try {
      const ids = uuids(ROWS);
      await own.pool.query(park, [ids]);
      await own.pool.query(`update dead_letters d set parked_at = now() + n * interval '1 microsecond'
        from (select id, row_number() over () as n from dead_letters) numbered where numbered.id = d.id`);
      const list = listOf(
        deadLetterEndpoints(
          own.pool,
          createReplays({ ...own.options, effectKinds: [] }),
          OPERATORS,
          masksOf(catalogue),
        ),
        '/dead-letters',
      );
      assertEachOnce(await readAll(list, {}, async () => {}), 'id', ids);
    } finally {
      await own.close();
    }
  });
});

describe('lists of a service', () => {
  it('orders of the same millisecond, while orders are placed and others are confirmed', async () => {
    const { pool, close } = await databaseOf('order');
    const reads = orderReads(pool);
    try {
      const place = (ids: string[]) =>
        pool.query(
          `insert into orders (order_id, version, sequence, answers, status, customer_id, lines, total_amount, currency, correlation_id, placed_at,
             updated_at) select unnest($1::uuid[]), 1, 1, '{}', 'PENDING', 'c', '[]', 1, 'EUR', 'x', '2026-01-01T00:00:00.123Z', now()`,
          [ids],
        );
      const ids = uuids(ROWS);
      await place(ids);
      const seen = await readAll(
        listOf(getOrders(reads), '/orders'),
        { status: 'PENDING' },
        async ({ items }) => {
          await pool.query(
            `update orders set status = 'CONFIRMED', updated_at = now() where order_id = any($1::uuid[])`,
            [items.map(({ orderId }) => orderId)],
          );
        },
      );
      assertEachOnce(seen, 'orderId', ids);
    } finally {
      await close();
    }
  });

  it('mails of the same millisecond', async () => {
    const { pool, close } = await databaseOf('notification');
    const reads = notificationReads(pool);
    try {
      const ids = uuids(ROWS);
      await pool.query(
        `insert into notifications (order_id, kind, "to", sent_at)
         select id, kind, 'a@b', '2026-01-01T00:00:00.123Z' from unnest($1::uuid[]) id, unnest('{order-confirmed,order-cancelled}'::text[]) kind`,
        [ids],
      );
      const list = listOf([getNotifications(reads)], '/notifications');
      const remove = (page: Page) =>
        pool.query('delete from notifications where order_id = $1', [page.items.at(-1)?.['orderId']]);
      const seen = await readAll(list, {}, async () => {});
      assert.equal(seen.length, 2 * ROWS);
      assertEachOnce(
        seen.map(({ orderId, kind }) => ({ id: `${orderId} ${kind}` })),
        'id',
        ids.flatMap((id) => [`${id} order-confirmed`, `${id} order-cancelled`]),
      );
      assert.ok(
        (await readAll(list, {}, remove)).length > 2 * ROWS - 40,
        'the last of a page may be gone when the next is asked for',
      );
      // One of those that are still whole: what stood last on a page is deleted.
      const whole = await pool.query(
        'select order_id from notifications group by 1 having count(*) = 2 limit 1',
      );
      const one = (whole.rows[0] as { order_id: string }).order_id;
      const first = await list({ orderId: one, limit: '1' });
      assert.ok(first.nextCursor);
      const second = await list({ orderId: one, limit: '1', cursor: first.nextCursor });
      assert.deepEqual([second.items.length, second.nextCursor], [1, undefined]);
    } finally {
      await close();
    }
  });

  it('sagas of the same instant, while they end and are begun anew', async () => {
    const { pool, close } = await databaseOf('saga-orchestrator');
    const reads = createSagaReads(pool, RELEASE.subject);
    try {
      const ids = uuids(ROWS);
      await pool.query(
        `insert into sagas (order_id, version, sequence, saga_id, name, saga_version, status, state, correlation_id, last_command, earlier, started_at,
           updated_at)
         select id, 1, 1, 's', 'place-order', 1, 'running', json_build_object('orderId', id, 'name', 'place-order', 'version', 1, 'status', 'running',
           'steps', '[]'::json, 'startedAt', now())::jsonb, 'c', '{}', '[]', '2026-01-01T00:00:00.123Z', now() from unnest($1::uuid[]) id`,
        [ids],
      );
      const list = listOf(
        getSagas(reads, definitionsOf({ ...RELEASE, started: [], alsoRunning: [] }), OPERATORS.look),
        '/sagas',
      );
      const change = (page: Page, sql: string) => pool.query(sql, [page.items.map(({ orderId }) => orderId)]);
      // A cancelled order's second saga takes the row: it starts later.
      const again = `update sagas set started_at = now(), updated_at = now() where order_id = any($1::uuid[])`;
      assertEachOnce(await readAll(list, {}, (page) => change(page, again)), 'orderId', ids);
      const end = `update sagas set status = 'completed' where order_id = any($1::uuid[])`;
      assertEachOnce(await readAll(list, { status: 'running' }, (page) => change(page, end)), 'orderId', ids);
    } finally {
      await close();
    }
  });

  it('products, while their stock changes', async () => {
    const { pool, close } = await databaseOf('inventory');
    const reads = inventoryReads(pool);
    try {
      const skus = Array.from({ length: ROWS }, (_, at) => `SKU-${at}`);
      await pool.query(
        `insert into products (sku, version, sequence, name, price_amount, currency, available, reserved, sold)
         select unnest($1::text[]), 1, 1, 'n', 1, 'EUR', 1, 0, 0`,
        [skus],
      );
      const seen = await readAll(listOf(readStock(reads), '/stock'), {}, () =>
        pool.query('update products set available = available + 1'),
      );
      assertEachOnce(seen, 'sku', skus);
      const all = listOf(readStock(reads), '/stock');
      assert.equal(
        (await all({ limit: String(ROWS) })).nextCursor,
        undefined,
        'a page that is full and the last says so',
      );
    } finally {
      await close();
    }
  });
});
