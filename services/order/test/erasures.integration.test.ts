/** A customer is forgotten in batches, and what is not theirs, or came later, is not. On a real Postgres. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { ContactProvided } from '@order-saga/contracts/order';
import type { OrderId } from '@order-saga/contracts/values';
import { newId } from '@sagakit/resilience/ids';
import { quiet } from '@sagakit/resilience/log';
import { retriedTransaction, type Tx } from '@sagakit/postgres/transaction';
import { type Participant, participant } from '@sagakit/testing/participant';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eraseStep, type Using } from '../src/erasing.ts';
import { requestErasure } from '../src/http/personal-data.ts';
import { hasContacts } from '../src/storage/contacts.ts';
import { hashesOf, isSameBody, keptBetween } from '../src/storage/idempotency-keys.ts';
import { orders } from '../src/orders.ts';

const contact = {
  email: 'nora@forget.example',
  name: 'Nora Vergess',
  address: { street: '7 Lethe Row', city: 'Bath', postalCode: 'BA1', country: 'UK' },
};
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a customer who is to be forgotten', () => {
  let own: Participant;
  let parts: Using;
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'order',
      aggregates: [orders],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
    parts = {
      pool: own.pool,
      writer: { source: '/order', catalogue },
      outbox: own.options.outbox,
      log: quiet as unknown as Using['log'],
    };
  });
  after(() => own.close());

  /** As they are placed, `minutesAgo` by the database's clock. */
  async function placed(customerId: string, count: number, minutesAgo = 1): Promise<OrderId[]> {
    const ids = Array.from({ length: count }, () => newId() as OrderId);
    const at = `date_trunc('milliseconds', now() - $3 * interval '1 minute' + n * interval '1 ms')`;
    await own.query(
      `with placed as (
         insert into orders (order_id, version, sequence, answers, status, customer_id, lines, total_amount, currency,
           correlation_id, placed_at, updated_at, contact_apart)
         select id::uuid, 1, 2, '{}', 'CONFIRMED', $1, '[]', 1, 'EUR', 'story', ${at}, now(), true
         from unnest($2::text[]) with ordinality as o (id, n)
       ), kept as (
         insert into idempotency_keys (key, request_hash, rest_hash, response, created_at)
         select id, 'hash of all', 'hash of the rest', json_build_object('orderId', id), ${at}
         from unnest($2::text[]) with ordinality as o (id, n)
       )
       insert into order_contacts (order_id, customer_id, contact)
       select id::uuid, $1, $4::jsonb from unnest($2::text[]) as id`,
      [customerId, ids, minutesAgo, JSON.stringify(contact)],
    );
    return ids;
  }
  const ask = (customerId: string, by = 'officer') =>
    retriedTransaction(own.pool, (tx) => requestErasure(tx, { customerId, by, traceparent }));
  const step = (options = {}) => eraseStep(parts, options);
  async function toTheEnd(options = {}): Promise<number> {
    let steps = 0;
    while (await step(options)) steps++;
    return steps;
  }
  const held = async (customerId: string) =>
    (await own.query(`select from order_contacts where customer_id = $1`, [customerId])).length;
  const takenBack = async () =>
    (
      await own.query<{ key: string }>(
        `select key from outbox where topic = $1 and message is null order by id`,
        [ContactProvided.topic],
      )
    ).map(({ key }) => key);
  type Said = { sequence: string; data: { orders: string[]; by: string; customerId: string } };
  const said = (customerId: string) =>
    own.query<Said>(
      `select message::json->>'sequence' as sequence, message::json->'data' as data from outbox
       where key = $1 and message::json->>'type' = 'CustomerErased' order by id`,
      [customerId],
    );

  it('is forgotten batch by batch; who dies in between is followed by another, who goes on', async () => {
    const ids = await placed('many', 25);
    await placed('other', 3);
    await ask('many');
    assert.equal(await step({ atOnce: 10 }), true);
    assert.equal(await held('many'), 15, 'the first batch is committed by itself');
    assert.equal(await toTheEnd({ atOnce: 10 }), 2);
    assert.equal(await held('many'), 0);
    assert.equal(await held('other'), 3);
    assert.deepEqual(await takenBack(), ids, 'each order once, in the order in which they were placed');
    const events = await said('many');
    assert.deepEqual(
      events.map(({ sequence, data }) => [Number(sequence), data.by, data.orders.length]),
      [
        [1, 'officer', 10],
        [2, 'officer', 10],
        [3, 'officer', 5],
      ],
    );
    assert.deepEqual(
      events.flatMap(({ data }) => data.orders),
      ids,
    );
  });

  it('two replicas at once do not do the same twice', async () => {
    const ids = await placed('twice', 20);
    await ask('twice');
    await Promise.all([toTheEnd({ atOnce: 3 }), toTheEnd({ atOnce: 3 })]);
    await toTheEnd({ atOnce: 3 });
    assert.equal(await held('twice'), 0);
    assert.deepEqual(
      (await said('twice')).flatMap(({ data }) => data.orders),
      ids,
    );
  });

  it('asked again, it is the same request, whoever asks; what was ordered later is another one', async () => {
    await placed('again', 2);
    const first = await ask('again', 'again');
    assert.deepEqual(await ask('again', 'officer'), first, 'while it is under way');
    await toTheEnd();
    const done = await ask('again', 'officer');
    assert.deepEqual([done.requestedAt, done.by, done.number], [first.requestedAt, 'again', 1]);

    await placed('again', 1, -1);
    await toTheEnd();
    assert.equal(await held('again'), 1, 'what is ordered after the request is a new contact');
    assert.equal(await retriedTransaction(own.pool, (tx: Tx) => hasContacts(tx, 'again', undefined)), true);
    const second = await ask('again', 'officer');
    assert.deepEqual([second.number, second.by], [2, 'officer']);
  });

  it('an order that was being placed at the request, and is committed behind it, is found later', async () => {
    await placed('late', 1);
    await ask('late');
    await toTheEnd();
    const [late] = await placed('late', 1);
    assert.equal(await held('late'), 1);
    await toTheEnd({ sweptAfterMs: 0 });
    assert.equal(await held('late'), 0);
    assert.deepEqual((await said('late')).at(-1)?.data.orders, [late]);
    assert.deepEqual(
      (await said('late')).map(({ sequence }) => Number(sequence)),
      [1, 2],
    );
  });

  it('leaves no hash by which a guess at their contact could be confirmed', async () => {
    const [id] = await placed('hashed', 1);
    await placed('not-hashed', 1);
    await ask('hashed');
    await toTheEnd();
    const kept = await own.query<{ whole: string; rest: string }>(
      `select request_hash as whole, rest_hash as rest from idempotency_keys where key = $1`,
      [id],
    );
    assert.deepEqual(kept, [{ whole: '', rest: 'hash of the rest' }]);
    const others = await own.query(
      `select from idempotency_keys k join orders o on o.order_id::text = k.key
       where o.customer_id in ('other', 'not-hashed') and request_hash = ''`,
    );
    assert.equal(others.length, 0);
  });

  it('with no contact left is told so all the same', async () => {
    await placed('bare', 1);
    await own.query(`delete from order_contacts where customer_id = 'bare'`);
    await ask('bare');
    await toTheEnd();
    assert.deepEqual(
      (await said('bare')).map(({ data }) => data.orders),
      [[]],
    );
  });
});

describe('a repeated request', () => {
  const asked = { whole: 'a', rest: 'b' };
  it('is known by its whole body, and once the contact is erased by the rest', () => {
    assert.equal(isSameBody({ whole: 'a', rest: 'b' }, asked), true);
    assert.equal(isSameBody({ whole: 'x', rest: 'b' }, asked), false);
    assert.equal(isSameBody({ whole: '', rest: 'b' }, asked), true);
    assert.equal(isSameBody({ whole: '', rest: 'x' }, asked), false);
    assert.equal(isSameBody({ whole: '', rest: null }, asked), false);
  });
  it('is known by what earlier releases have kept of it', () => {
    const lines = [{ sku: 'SKU-0012', quantity: 1 }];
    assert.deepEqual(hashesOf({ customerId: 'customer-1', lines, payment: { token: 'tok_visa' }, contact }), {
      whole: '1ca2289bd90fabec6f4340e4f4bb143e52139f7ef72747b27167acf0214a8df9',
      rest: 'd16ead142f69b161ecf78ad95a3365a70379a5ccfcc4fd9663a6ce9d5ccdd31d',
    });
  });
  it('is looked for around the time of its order, and in no time twice', () => {
    const at = (seconds: number) => ({ orderId: 'x', placedAt: new Date(seconds * 1_000) });
    assert.deepEqual(
      keptBetween([at(100), at(15), at(20)]).map(({ from, to }) => [from.getTime(), to.getTime()]),
      [
        [5_000, 21_000],
        [90_000, 101_000],
      ],
    );
  });
});
