/**
 * Statements that travel together: one answer for all of them, and a connection that is whole afterwards,
 * whatever failed.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { spoilsConnection } from '../src/database-errors.ts';
import { type Query, sendPipelined } from '../src/pipeline.ts';
import { withTransaction } from '../src/transaction.ts';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import pg from 'pg';

type Said = 'readyForQuery' | 'rowDescription' | 'parseComplete';

const insert = (n: number): Query => ({
  name: 'insert',
  text: 'insert into numbers values ($1, $2)',
  values: [n, `number ${n}`],
});
const select: Query = { name: 'select', text: 'select n, text, null as nothing from numbers order by n' };

describe('a pipeline', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let client: pg.Client;
  const said: Said[] = [];
  const times = (what: Said) => said.filter((one) => one === what).length;

  before(async () => {
    database = await freshDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('create table numbers (n int primary key, text text)');
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    for (const what of ['readyForQuery', 'rowDescription', 'parseComplete'] as const)
      connection.on(what, () => said.push(what));
  });
  beforeEach(() => {
    said.length = 0;
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  it('is answered as one, in order', async () => {
    const answers = await sendPipelined(client, [
      insert(1),
      insert(2),
      select,
      { text: 'delete from numbers where n = $1', values: [2] },
    ]);
    assert.deepEqual(
      answers.map(({ command, rowCount }) => [command, rowCount]),
      [
        ['INSERT', 1],
        ['INSERT', 1],
        ['SELECT', 2],
        ['DELETE', 1],
      ],
    );
    assert.deepEqual(answers[2]?.rows, [
      { n: 1, text: 'number 1', nothing: null },
      { n: 2, text: 'number 2', nothing: null },
    ]);
    assert.equal(times('readyForQuery'), 1);
  });

  it('does not have the server parse or describe again what it knows by name', async () => {
    const first = await sendPipelined(client, [select]);
    said.length = 0;
    assert.deepEqual(await sendPipelined(client, [select, select]), [...first, ...first]);
    assert.equal(times('parseComplete') + times('rowDescription'), 0);
  });

  it('fails whole, with the error of the statement that failed; the rest is left out', async () => {
    const never: Query = { name: 'never', text: 'insert into numbers values (99, null)' };
    await assert.rejects(sendPipelined(client, [insert(3), insert(3), never]), { code: '23505' });
    // Outside of a transaction all statements up to the Sync are one.
    assert.deepEqual((await sendPipelined(client, [select]))[0]?.rows.length, 1);
    // Its Parse was left out with it: the connection must not believe that the server knows it.
    assert.equal((await sendPipelined(client, [never]))[0]?.rowCount, 1);
    await sendPipelined(client, [{ text: 'delete from numbers where n = 99' }]);
  });

  it('refuses a second text under one name, and what cannot be sent, before anything is sent', async () => {
    await assert.rejects(
      sendPipelined(client, [insert(4), { ...select, text: 'select 1' }]),
      /two statements are named select/,
    );
    const twice = ['select 1', 'select 2'].map((text) => ({ name: 'twice', text }));
    await assert.rejects(sendPipelined(client, [insert(4), ...twice]), /two statements are named twice/);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await assert.rejects(
      sendPipelined(client, [insert(4), { text: 'select $1::jsonb', values: [circular] }]),
      /circular/,
    );
    assert.equal((await sendPipelined(client, [select]))[0]?.rows.length, 1);
  });

  it('that is under way when the connection is lost fails', async () => {
    const other = new pg.Client({ connectionString: database.url });
    other.on('error', () => {});
    await other.connect();
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    const lost = assert.rejects(sendPipelined(other, [{ text: 'select pg_sleep(30)' }]), { code: '57P01' });
    await client.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await lost;
    // Whether the socket or the client says so first is chance.
    await assert.rejects(sendPipelined(other, [select]), (error) => spoilsConnection(error));
    await other.end();
  });
});

describe('a transaction', () => {
  it('makes as many trips as its work awaits: BEGIN flies with the first statements, COMMIT with the last', async () => {
    const database = await freshDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    try {
      await pool.query('create table numbers (n int primary key, text text)');
      let trips = 0;
      const client = await pool.connect();
      (client as unknown as { connection: NodeJS.EventEmitter }).connection.on(
        'readyForQuery',
        () => trips++,
      );
      client.release();

      const found = await withTransaction(pool, async (tx) => {
        const [one] = await tx.together(() => [tx.query(select as pg.QueryConfig), tx.query('select 1')]);
        await tx.commit([{ name: 'insert', text: insert(1).text, values: [1, 'one'] }]);
        return one.rows.length;
      });
      assert.equal(found, 0);
      assert.equal(trips, 2);

      await assert.rejects(
        withTransaction(pool, (tx) =>
          tx.commit([{ name: 'insert', text: insert(1).text, values: [1, 'again'] }]),
        ),
        { code: '23505' },
      );
      assert.equal((await pool.query('select from numbers')).rowCount, 1);
    } finally {
      await pool.end();
      await database.drop();
    }
  });
});
