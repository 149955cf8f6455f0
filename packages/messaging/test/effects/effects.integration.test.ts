/**
 * Calls to the outside: those that another process left behind are taken over, and quickly; one that hangs or
 * cannot be made holds up no other.
 */
import { createCircuitBreaker } from '@sagakit/resilience/circuit-breaker';
import { newId } from '@sagakit/resilience/ids';
import { catalogue } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { createCaller } from '../../src/effects/call-effect.ts';
import type { EffectRow } from '../../src/effects/effect-rows.ts';
import { effect, type EffectHandler } from '../../src/effects/effect.ts';
import { createEffects } from '../../src/effects/effects.ts';
import { quiet } from '@sagakit/resilience/log';
import type { Incoming } from '../../src/incoming.ts';
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

  it('gives its place to the next before its result is committed', async () => {
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
        started: true,
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

describe('an effect that another release decided', () => {
  let own: Fixture;
  before(async () => {
    own = await fixture();
  });
  after(() => own.close());
  beforeEach(() => own.query('delete from effects'));

  /** Stored by whoever decided it, due now. */
  async function stored(effect: Partial<EffectRow>): Promise<EffectRow> {
    const row = {
      kind: 'ring',
      subject: 's',
      request: {},
      cause: CAUSE,
      attempts: 0,
      started: true,
      ...effect,
    };
    const id = newId();
    await own.query(
      `insert into effects (id, kind, subject, request, cause, begun, claimed_until)
       values ($1, $2, $3, $4, $5, $6, now() - interval '1 second')`,
      [id, row.kind, row.subject, JSON.stringify(row.request), row.cause, row.started],
    );
    return { id, ...row };
  }
  const options = (called: string[]) => ({
    catalogue,
    pool: own.pool,
    log: quiet,
    observe: unobserved,
    onResult: async ({ message }: Incoming) =>
      void (await own.query('delete from effects where id = $1', [message.id])),
    handlers: ringing(called),
  });
  /** The other side has failed once too often, and the time for a try has come. */
  function openCircuit() {
    let now = 0;
    const backoff = { initialMs: 100, maxMs: 100 };
    const breaker = createCircuitBreaker({ threshold: 1, backoff, now: () => now, random: () => 1 });
    breaker.failed();
    now = 100;
    return breaker;
  }

  it('is left to a release that has its kind, and said to wait for it', async () => {
    await stored({ kind: 'sing', subject: 'sung by another' });
    await stored({ subject: 'rung here' });
    const called: string[] = [];
    const warned: object[] = [];
    const log = { ...quiet, warn: (fields: object) => void warned.push(fields) };
    const effects = createEffects({ ...options(called), concurrency: 1, log });
    effects.start();
    try {
      await eventually('ours is called', () => called.length === 1);
    } finally {
      await effects.stop();
    }
    assert.deepEqual(await own.query('select subject, claimed_until < now() as due from effects'), [
      { subject: 'sung by another', due: true },
    ]);
    assert.deepEqual(warned, [{ effect: 'sing', waiting: 1 }]);
  });

  it('of a kind that nobody here has gives the one try of an open circuit back', async () => {
    const breaker = openCircuit();
    const call = createCaller(options([]), breaker);
    assert.equal(breaker.enter(), true);
    await assert.rejects(call(await stored({ kind: 'sing' })), /no handler for the effect sing/);
    assert.equal(breaker.enter(), true);
  });

  it('and cannot be read is no failure of the other side: it is tried again later, and may be cancelled', async () => {
    const breaker = openCircuit();
    const called: string[] = [];
    const outcomes: string[] = [];
    const observe = { ...unobserved, effect: (_: string, outcome: string) => void outcomes.push(outcome) };
    const call = createCaller({ ...options(called), observe }, breaker);
    assert.equal(breaker.enter(), true);
    const record = await call(await stored({ request: 'a song', started: false }));
    assert.equal(breaker.enter(), true);
    await record();
    const [row] = await own.query<{ last_error: string }>('select attempts, begun, last_error from effects');
    assert.match(row?.last_error ?? '', /this release cannot read the stored request/);
    assert.deepEqual({ ...row, last_error: '' }, { attempts: 1, begun: false, last_error: '' });
    assert.deepEqual([called, outcomes], [[], ['failed']]);
  });

  it('is no reason to open the circuit, however many cannot be read', async () => {
    const backoff = { initialMs: 100, maxMs: 100 };
    const breaker = createCircuitBreaker({ threshold: 1, backoff });
    await createCaller(options([]), breaker)(await stored({ request: 'a song' }));
    assert.equal(breaker.open(), false);
  });
});
