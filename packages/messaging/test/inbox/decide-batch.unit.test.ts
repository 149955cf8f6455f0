/**
 * One transaction's items through the pure decisions: what is decided, called, cancelled and written, without
 * a database.
 */
import { catalogue, RoomsKept, type BookingId } from '@sagakit/testing/bookings';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideBatch, loadUnitsOfWork } from '../../src/inbox/decide-batch.ts';
import type { EffectRow } from '../../src/effects/effect-rows.ts';
import { createOutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import { toEnvelope } from '../../src/to-envelope.ts';
import type { Statement } from '@sagakit/postgres/statement';
import { parseTraceparent } from '../../src/trace.ts';
import type { Tx } from '@sagakit/postgres/transaction';
import type { Aggregate, Outcome } from '../../src/aggregate/unit.ts';
import type { Incoming } from '../../src/incoming.ts';
import {
  decideWith,
  effect,
  envelope,
  type Handle,
  itemOf,
  nothing,
  NOW,
  OPTIONS,
  booking,
  refusedItem,
  aggregateOf,
} from './batch.ts';

describe('the aggregates of a batch', () => {
  it('are loaded once each, in their order, with all of their messages', async () => {
    const asked: [string, string[]][] = [];
    const aggregate = (name: string): Aggregate => ({
      handles: [],
      async load(_, incoming) {
        asked.push([name, incoming.map(({ message }) => message.subject)]);
        return aggregateOf(() => nothing).unit;
      },
    });
    const [first, second, idle] = [aggregate('first'), aggregate('second'), aggregate('idle')];
    const [a, b, c] = [envelope(booking()), envelope(booking()), envelope(booking())];
    const items = [itemOf(second, a), itemOf(first, b), refusedItem(), itemOf(second, c)];
    const units = await loadUnitsOfWork({} as Tx, items, [first, second, idle]);
    assert.deepEqual(asked, [
      ['first', [b.subject]],
      ['second', [a.subject, c.subject]],
    ]);
    assert.deepEqual([...units.keys()], [first, second]);
    assert.equal(typeof units.get(first)?.handle, 'function');
  });
});

describe('a decision', () => {
  it('is asked for with the clock of the batch, and its words are written in order', () => {
    const [a, b] = [envelope(booking()), envelope(booking())];
    const resultOf = ({ message, cause }: Incoming): Outcome => ({
      messages: [
        toEnvelope(RoomsKept({ bookingId: message.subject as BookingId, lines: [] }), cause, {
          writer: { source: '/i', catalogue },
          sequence: 1,
          now: NOW,
        }),
      ],
      effects: [],
    });
    const { decisions, seen } = decideWith(resultOf, [a, b]);
    assert.deepEqual(
      seen.map(({ incoming, now }) => [incoming.message.id, now]),
      [
        [a.id, NOW],
        [b.id, NOW],
      ],
    );
    const [outbox, ...rest] = decisions.writes(1_000);
    assert.equal(outbox?.name, 'outbox-append');
    assert.deepEqual(outbox?.values[1], [a.subject, b.subject]);
    assert.deepEqual(rest, []);
    assert.deepEqual([decisions.parked, decisions.blocked, decisions.effects], [[], [], []]);
  });
  it("carries on the trace of the message's own span", () => {
    const message = envelope(booking());
    const { seen } = decideWith(() => nothing, [message]);
    const { cause } = seen[0]?.incoming as Incoming;
    assert.notEqual(cause.traceparent, message.traceparent);
    assert.equal(
      parseTraceparent(cause.traceparent)?.traceId,
      parseTraceparent(message.traceparent)?.traceId,
    );
    assert.equal(cause.id, message.id);
  });
  it('writes what the rows became first, then messages, then calls, then what is cancelled', () => {
    const save = [{ name: 'rows-save', text: '', values: [] }];
    const { aggregate, unit } = aggregateOf(
      ({ message, cause }) => ({
        messages: [
          toEnvelope(RoomsKept({ bookingId: message.subject as BookingId, lines: [] }), cause, {
            writer: { source: '/i', catalogue },
            sequence: 1,
            now: NOW,
          }),
        ],
        effects: [effect('collect', 'a')],
        cancels: [{ kind: 'collect', subject: 'b' }],
      }),
      { save },
    );
    const decisions = decideBatch(
      [itemOf(aggregate, envelope(booking()))],
      new Map([[aggregate, unit]]),
      OPTIONS,
    );
    const names = ['rows-save', 'outbox-append', 'effects-insert', 'effects-cancel'];
    assert.deepEqual(
      decisions.writes(7).map(({ name }) => name),
      names,
    );
    assert.equal(decisions.writes(7)[2]?.values[1], 7);
  });
  it('gives its messages to the buffer of the relay of this process', () => {
    const kept: string[] = [];
    const { decisions } = decideWith(
      ({ message }) => ({ messages: [message], effects: [] }),
      [envelope(booking())],
      {
        outbox: { ...createOutboxBuffer(), add: (id) => void kept.push(id) },
      },
    );
    decisions.writes(1)[0]?.onRows?.([{ id: '5' }] as never[]);
    assert.deepEqual(kept, ['5']);
  });
  it('tells the rows that they are committed, and ends nothing before', () => {
    let committed = 0;
    const own = aggregateOf(() => nothing, { committed: () => void committed++ });
    const deaf = aggregateOf(() => nothing);
    const units = new Map([
      [own.aggregate, own.unit],
      [deaf.aggregate, deaf.unit],
    ]);
    const decisions = decideBatch([itemOf(own.aggregate, envelope(booking()))], units, OPTIONS);
    assert.equal(committed, 0);
    decisions.committed();
    assert.equal(committed, 1);
  });
});

describe('calls', () => {
  const messages = () => [envelope(booking()), envelope(booking()), envelope(booking())];
  /** The first, second and third message lead to these. */
  const inTurn = (...outcomes: Partial<Outcome>[]): Handle => {
    let at = 0;
    return () => ({ ...nothing, ...outcomes[at++] });
  };
  const named = (effects: { kind: string; subject: string }[]) =>
    effects.map(({ kind, subject }) => `${kind} ${subject}`);
  const cancelsIn = (statements: Statement[]) => {
    const cancel = statements.find(({ name }) => name === 'effects-cancel');
    return cancel ? named(JSON.parse(cancel.values[0] as string) as EffectRow[]) : [];
  };

  it('that are cancelled in the same batch are not even stored, and nothing of them is cancelled in the database', () => {
    const cancels = [{ kind: 'collect', subject: 'a' }];
    const { decisions } = decideWith(inTurn({ effects: [effect('collect', 'a')] }, { cancels }), messages());
    assert.deepEqual(named(decisions.effects), []);
    assert.deepEqual(cancelsIn(decisions.writes(1)), []);
  });
  it('of another booking or of another kind are not cancelled with them', () => {
    const effects = [
      effect('give-back', 'a'),
      effect('collect', 'b'),
      effect('collect', 'a'),
      effect('collect', 'c'),
    ];
    const cancels = [{ kind: 'collect', subject: 'a' }];
    const { decisions } = decideWith(inTurn({ effects }, { cancels }), messages());
    assert.deepEqual(named(decisions.effects), ['give-back a', 'collect b', 'collect c']);
    assert.deepEqual(cancelsIn(decisions.writes(1)), []);
  });
  it('that were stored before are cancelled in the database, one and only one for each word', () => {
    const cancels = [
      { kind: 'collect', subject: 'a' },
      { kind: 'collect', subject: 'b' },
    ];
    const { decisions } = decideWith(inTurn({ effects: [effect('collect', 'c')] }, { cancels }), messages());
    assert.deepEqual(named(decisions.effects), ['collect c']);
    assert.deepEqual(cancelsIn(decisions.writes(1)), ['collect a', 'collect b']);
  });
  it('that are decided after the cancelling are made', () => {
    const cancels = [{ kind: 'collect', subject: 'a' }];
    const { decisions } = decideWith(
      inTurn({ cancels, effects: [effect('collect', 'a')] }),
      messages().slice(0, 1),
    );
    assert.deepEqual(named(decisions.effects), ['collect a']);
    assert.deepEqual(cancelsIn(decisions.writes(1)), ['collect a']);
  });
  it('are started with their commit where they would be called at once, asked for all of them together', () => {
    const asked: number[] = [];
    const started = (says: boolean | undefined) => {
      const handle = inTurn({ effects: [effect('collect', 'a', false), effect('letter', 'a', true)] });
      const options =
        says === undefined ? {} : { startsAtOnce: (count: number) => (asked.push(count), says) };
      return decideWith(handle, messages().slice(0, 1), options).decisions.effects.map((one) => one.started);
    };
    assert.deepEqual(started(true), [true, true]);
    assert.deepEqual(started(false), [false, true]);
    assert.deepEqual(started(undefined), [true, true]);
    assert.deepEqual(asked, [2, 2]);
  });
});
