/**
 * Calls to the outside: those that another process left behind are taken over, and quickly; one that hangs or
 * cannot be made holds up no other.
 */
import { catalogue } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { effect, type EffectHandler } from '../../src/effects/effect.ts';
import { createEffects } from '../../src/effects/effects.ts';
import { quiet } from '@sagakit/resilience/log';
import { unobserved } from '../../src/observe.ts';
import { eventually } from '@sagakit/testing/eventually';
import { type Fixture, fixture } from '../runtime-fixture.ts';

const LEFT = 2_000;

const ring = effect('ring', z.object({}), z.object({}));

/** Notes whom it was called for. */
const ringing = (called: string[]): EffectHandler[] => [
  ring.handledBy({
    timeoutMs: 1_000,
    backoff: { initialMs: 100, maxMs: 100 },
    async call(_, { subject }) {
      called.push(subject);
      return {};
    },
  }),
];

describe('effects of a process that died', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  it(`are made once each by the next one; ${LEFT} of them do not take minutes`, async () => {
    await own.pool.query(
      `insert into effects (id, kind, subject, request, cause, claimed_until)
       select gen_random_uuid(), 'ring', 'booking-' || n, '{}', '{"correlationid":"story","hops":0,"traceparent":"00-0-0-00"}', now() - interval '1 second'
       from generate_series(1, $1) n`,
      [LEFT],
    );
    const rung: string[] = [];
    const effects = createEffects({
      catalogue,
      pool: own.pool,
      concurrency: 16,
      log: quiet,
      observe: unobserved,
      onResult: async ({ message }) =>
        void (await own.pool.query('delete from effects where id = $1', [message.id])),
      handlers: ringing(rung),
    });
    effects.start();
    try {
      await eventually('all are made', () => rung.length >= LEFT, {
        withinMs: 20_000,
        seen: () => rung.length,
      });
    } finally {
      await effects.stop();
    }
    assert.equal(new Set(rung).size, LEFT);
    assert.equal(rung.length, LEFT);
    assert.deepEqual(await own.query('select id from effects'), []);
  });
});

describe('an effect that was called', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  it('gives its place to the next before its answer is committed', async () => {
    const called: string[] = [];
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
    const effects = createEffects({
      catalogue,
      pool: own.pool,
      concurrency: 2,
      log: quiet,
      observe: unobserved,
      onResult: () => committed,
      handlers: ringing(called),
    });
    const cause = { correlationid: 'story', hops: 0, traceparent: '00-0-0-00' };
    const subjects = ['a', 'b', 'c', 'd', 'e'];
    effects.take(
      subjects.map((subject) => ({
        id: subject,
        kind: 'ring',
        subject,
        request: {},
        cause,
        attempts: 0,
        begun: true,
      })),
    );
    try {
      await eventually('all are called', () => called.length === subjects.length, { seen: () => called });
    } finally {
      commit();
      await effects.stop();
    }
  });
});

const CAUSE = { correlationid: 'story', hops: 0, traceparent: '00-0-0-00' };

describe('a call that hangs, whatever its signal says', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());

  it('holds its place for `timeoutMs` and no longer; it is made again, and what it says later is nothing', async () => {
    await own.pool.query(
      `insert into effects (id, kind, subject, request, cause, claimed_until)
       select gen_random_uuid(), 'ring', subject, '{}', $1, now() - interval '1 second'
       from unnest(array['a', 'b']) subject`,
      [CAUSE],
    );
    const hung = Promise.withResolvers<never>();
    const called: string[] = [];
    const results: string[] = [];
    const effects = createEffects({
      catalogue,
      pool: own.pool,
      concurrency: 1,
      log: quiet,
      observe: unobserved,
      async onResult({ message }) {
        results.push(message.subject);
        await own.pool.query('delete from effects where id = $1', [message.id]);
      },
      handlers: [
        ring.handledBy({
          timeoutMs: 20,
          backoff: { initialMs: 1, maxMs: 1 },
          call: async (_, { subject }) => (called.push(subject) === 1 ? hung.promise : {}),
        }),
      ],
    });
    effects.start();
    try {
      await eventually('both have a result', () => results.length === 2, {
        withinMs: 10_000,
        seen: () => called,
      });
    } finally {
      hung.reject(new Error('the connection was lost'));
      await effects.stop();
    }
    const [hangs, waits] = called;
    assert.deepEqual(called, [hangs, waits, hangs]);
    assert.deepEqual(results, [waits, hangs]);
  });
});
