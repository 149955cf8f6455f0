import { catalogue } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pruneDeadLetters, pruneInbox, rememberForMs } from '../../src/maintenance/prune.ts';
import { fixture } from '../runtime-fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the inbox', () => {
  it('remembers for longer than a record can be read: its segment is filled for a day, and kept for seven after that', () => {
    assert.equal(rememberForMs(catalogue, ['bookings.commands', 'rooms.list']), 9 * DAY_MS);
    assert.equal(
      rememberForMs(catalogue, ['rooms.list']),
      DAY_MS,
      'a compacted topic keeps for ever: no age would do',
    );
  });

  it('forgets what is older in small steps, and nothing else; two replicas do not wait for each other', async () => {
    const own = await fixture();
    try {
      await own.pool.query(
        `insert into inbox (consumer, source, id, received_at)
         select 'test', '/old', n::text, now() - interval '8 days 1 minute' from generate_series(1, 1500) n
         union all select 'test', '/young', n::text, now() - interval '7 days 23 hours' from generate_series(1, 50) n`,
      );
      const steps = await Promise.all([pruneInbox(own.pool, 8 * DAY_MS), pruneInbox(own.pool, 8 * DAY_MS)]);
      assert.equal(Math.max(...steps), 1_000, 'a step is bounded');
      await pruneInbox(own.pool, 8 * DAY_MS);
      const left = await own.query<{ source: string; count: string }>(
        'select source, count(*) from inbox group by source',
      );
      assert.deepEqual(left, [{ source: '/young', count: '50' }]);
    } finally {
      await own.close();
    }
  });
});

describe('parked messages', () => {
  it('are forgotten a month after they were closed, with their audit; what is still parked never is', async () => {
    const own = await fixture();
    try {
      await own.pool.query(
        `insert into dead_letters (id, status, reason, error, attempts, topic, partition, "offset", headers, parked_at, closed_at)
         select gen_random_uuid(), status, 'not-json', '', 1, 't', 0, 0, '{}', now() - interval '1 year', closed
         from (values ('parked', null), ('replayed', now() - interval '31 days'), ('discarded', now() - interval '29 days'))
           as dead_letter (status, closed)`,
      );
      await own.pool.query(
        `insert into dead_letter_actions (id, letter_id, by, action, outcome) select gen_random_uuid(), id, 'ada', 'replay', '' from dead_letters`,
      );
      assert.equal(await pruneDeadLetters(own.pool), 1);
      const left = await own.query<{ status: string; actions: string }>(
        'select status, (select count(*) from dead_letter_actions a where a.letter_id = d.id) as actions from dead_letters d order by 1',
      );
      assert.deepEqual(left, [
        { status: 'discarded', actions: '1' },
        { status: 'parked', actions: '1' },
      ]);
    } finally {
      await own.close();
    }
  });
});
