/** What is read of the database when the metrics are scraped. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newId } from '@sagakit/resilience/ids';
import { catalogue } from '@sagakit/testing/bookings';
import { type Participant, participant } from '@sagakit/testing/participant';
import { createMetrics } from '../src/metrics.ts';

describe('the age of the oldest call to the outside that waits', () => {
  let own: Participant;
  let scraped: () => Promise<number>;
  before(async () => {
    own = await participant({ catalogue, consumer: 'rooms', aggregates: [] });
    const { registry } = createMetrics(catalogue, 'rooms', own.pool);
    scraped = async () =>
      Number(/^hotel_effects_age_seconds\{service="rooms"\} (\S+)$/m.exec(await registry.metrics())?.[1]);
  });
  after(() => own.close());

  const decided = (secondsAgo: number, { attempts = 0, claimedForSeconds = 0 } = {}) =>
    own.query(
      `insert into effects (id, kind, subject, request, cause, attempts, claimed_until, created_at)
       values ($1, 'ring', 'b', '{}', '{}', $2, now() + $3 * interval '1 s', now() - $4 * interval '1 s')`,
      [newId(Date.now() - secondsAgo * 1000), attempts, claimedForSeconds, secondsAgo],
    );
  const isAbout = async (seconds: number) => {
    const age = await scraped();
    assert.ok(age >= seconds && age < seconds + 60, `${age} s`);
  };

  it('is none where none waits', async () => assert.equal(await scraped(), 0));
  it('is counted from its decision, whoever holds it and however often it was tried', async () => {
    await decided(100);
    await isAbout(100);
    // Failed, and its next attempt is not due: it waits all the same.
    await decided(1_000, { attempts: 7, claimedForSeconds: 30 });
    await isAbout(1_000);
    await decided(10);
    await isAbout(1_000);
    await own.query('delete from effects where attempts > 0');
    await isAbout(100);
  });
});
