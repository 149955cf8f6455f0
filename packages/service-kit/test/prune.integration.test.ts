import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pruneInbox, rememberForMs } from '@order-saga/messaging/prune';
import { fixture } from './runtime-fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the inbox', () => {
  it('remembers for longer than its topics keep, whatever is compacted', () => {
    assert.equal(rememberForMs(['order.commands', 'inventory.products']), 8 * DAY_MS);
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
      const left = await own.query<{ source: string; count: string }>('select source, count(*) from inbox group by source');
      assert.deepEqual(left, [{ source: '/young', count: '50' }]);
    } finally {
      await own.close();
    }
  });
});
