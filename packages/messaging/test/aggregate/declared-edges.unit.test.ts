/**
 * The edges of a declared aggregate: several kinds of calls, several kinds of messages, what nobody decides
 * about.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { command, event, type MessageDefinition } from '@sagakit/messages/define';
import { column } from '@sagakit/postgres/table';
import { messagesOf } from '@sagakit/testing/participant';
import { notingTx } from '@sagakit/testing/sql';
import { z } from 'zod';
import { aggregate, type DecidedMessage } from '../../src/aggregate/aggregate.ts';
import { assertComplete } from '../../src/aggregate/complete.ts';
import { type Context, decide, ignore } from '../../src/aggregate/decision.ts';
import { resultOf } from '../../src/effects/result.ts';
import { table } from '../../src/aggregate/table.ts';
import type { Aggregate } from '../../src/aggregate/unit.ts';
import { type Incoming, localMessage } from '../../src/incoming.ts';
import { effect, type EffectDeclaration } from '../../src/effects/effect.ts';
import { contextOf } from '../../src/to-envelope.ts';

const Data = z.object({ cup: z.string() });
const byCup = ({ cup }: { cup: string }) => cup;
const Filled = event('Filled', 'kitchen.events', Data, byCup);
const Spilt = event('Spilt', 'kitchen.events', Data, byCup);
const Fill = command('Fill', 'kitchen.commands', Data, byCup, [Filled]);
const Empty = command('Empty', 'kitchen.commands', Data, byCup, [Spilt]);
const Ring = command('Ring', 'bell.commands', Data, byCup, [Spilt]);
const settings = { writer: 'kitchen', partitions: 1, retentionMs: 1, segmentMs: 1 };
const catalogue = createCatalogue({
  name: 'cafe',
  topics: { 'kitchen.events': settings, 'kitchen.commands': settings, 'bell.commands': settings },
  messages: [Filled, Spilt, Fill, Empty, Ring],
});
const writer = { source: '/kitchen', catalogue };
const { envelopeOf } = messagesOf(catalogue);
const now = new Date('2026-01-01T00:00:00Z');
const blue = { cup: 'blue' };
const incoming = (message: Parameters<typeof envelopeOf>[0]): Incoming => {
  const envelope = envelopeOf(message);
  return { message: envelope, cause: contextOf(envelope) };
};

const boil = effect('boil', z.object({}), z.object({}), { cancellable: true });
const stir = effect('stir', z.object({}), z.object({}));
const cool = effect('cool', z.object({}), z.object({}), { cancellable: true });
type State = { count: number };
const cups = table({
  name: 'cups',
  key: ['cup', column.uuid<string>()],
  columns: { count: column.int() },
  toColumns: (state: State) => state,
  toState: ({ count }): State => ({ count }),
});
const more = (state: State | undefined): State => ({ count: (state?.count ?? 0) + 1 });
const boiled = aggregate({ table: cups })
  .on(Fill, (state) => decide<State>(more(state), [], [boil({}), stir({})]))
  .on(
    Empty,
    (state, _, { notStarted }: Context) =>
      notStarted(boil) ? decide<State>(more(state), [], [], [boil]) : ignore('nothing to cancel'),
    { mayCancel: [boil] },
  )
  .onResult(stir, (state) => decide<State>(more(state), [Filled(blue), Spilt(blue)]));
const load = async (inputs: Incoming[], rows: object[] = []) => {
  const { tx, asked } = notingTx(rows);
  return { unit: await boiled.bind(writer).load(tx, inputs), asked };
};
const stirred = () => {
  const { cause } = incoming(Fill(blue));
  return resultOf({ id: 'e-1', subject: 'blue', cause }, stir.resultType, {}, cause.traceparent);
};

describe('a declared aggregate', () => {
  it('takes a call back once, though the same batch asks twice', async () => {
    const [fill, empty, again] = [incoming(Fill(blue)), incoming(Empty(blue)), incoming(Empty(blue))];
    const { unit } = await load([fill, empty, again]);
    unit.handle(fill, now);
    assert.deepEqual(unit.handle(empty, now).cancels, [{ kind: 'boil', subject: 'blue' }]);
    assert.equal(unit.handle(again, now).ignored, 'nothing to cancel');
  });
  it('takes back what the database says is not started, of that subject', async () => {
    const [empty, other] = [incoming(Empty(blue)), incoming(Empty({ cup: 'red' }))];
    const { unit } = await load(
      [empty, other],
      [{ cup: 'blue', version: 1, sequence: 0, answers: {}, count: 1, subject: 'blue' }],
    );
    assert.deepEqual(unit.handle(empty, now).cancels, [{ kind: 'boil', subject: 'blue' }]);
    assert.equal(unit.handle(other, now).ignored, 'nothing to cancel');
  });
  it('asks the database for nothing but its rows where nothing may be cancelled', async () => {
    const { asked } = await load([stirred(), incoming(Fill(blue))]);
    assert.deepEqual(
      asked.map(({ name }) => name),
      ['cups-lock'],
    );
  });
  it('has no decision about what is not in its list', async () => {
    const { unit } = await load([incoming(Ring(blue))]);
    assert.throws(() => unit.handle(incoming(Ring(blue)), now), /^Error: there is no decision about Ring$/);
  });
  it('can be asked from outside, about a state that can be seen before and after', async () => {
    const { cause } = incoming(Fill(blue));
    const message = localMessage(
      { id: 'x', source: 'outside', type: 'change', subject: 'blue', data: null },
      cause,
    );
    const row = { cup: 'blue', version: 1, sequence: 0, answers: {}, count: 6 };
    const opened = await boiled.open(notingTx([row]).tx, [{ message, cause }], writer);
    assert.deepEqual(opened.stateOf(message), { count: 6 });
    assert.throws(
      () => opened.decide({ message, cause }, now, (_, { notStarted }) => (notStarted(boil), ignore('x'))),
      /mayCancel/,
    );
    opened.decide({ message, cause }, now, (state) => decide<State>(more(state)));
    assert.deepEqual(opened.stateOf(message), { count: 7 });
    assert.equal(boiled.conversationOf({ count: 7 }), undefined);
  });
  it('cannot take back what is started with its decision', async () => {
    const hasty = aggregate({ table: cups })
      .on(Fill, (state) => decide<State>(more(state), [], [stir({})]))
      .on(Empty, (_, __, { notStarted }: Context) => ignore(notStarted(stir) ? 'in time' : 'too late'), {
        mayCancel: [stir],
      });
    const [fill, empty] = [incoming(Fill(blue)), incoming(Empty(blue))];
    const unit = await hasty.bind(writer).load(notingTx().tx, [fill, empty]);
    unit.handle(fill, now);
    assert.equal(unit.handle(empty, now).ignored, 'too late');
  });
  it('tells a decision of those calls alone that it is listed with', async () => {
    const nosy = aggregate({ table: cups }).on(
      Fill,
      (_, __, { notStarted }: Context) => ignore(notStarted(cool) ? 'warm' : 'cold'),
      { mayCancel: [boil] },
    );
    const fill = incoming(Fill(blue));
    const unit = await nosy.bind(writer).load(notingTx().tx, [fill]);
    const said = /^Error: the decision about Fill is not listed with mayCancel: \[cool\]$/;
    assert.throws(() => unit.handle(fill, now), said);
  });
  it('records the messages that were asked for, and no others', async () => {
    const told: DecidedMessage<typeof Spilt, State>[] = [];
    const recorded = boiled.record(Spilt, (those) => (told.push(...those), []));
    const result = stirred();
    const unit = await recorded.bind(writer).load(notingTx().tx, [result]);
    unit.handle(result, now);
    unit.save();
    assert.deepEqual(told, [{ data: blue, state: { count: 1 }, now }]);
  });
});

describe('a service that is put together', () => {
  const unit = (handles: MessageDefinition[], local?: string[]): Aggregate => ({
    handles,
    ...(local && { local }),
    load: () => assert.fail('nothing is loaded here'),
  });
  const of = (
    name: string,
    aggregates: Aggregate[],
    results: EffectDeclaration[] = [],
    called: EffectDeclaration[] = [],
  ) => {
    try {
      assertComplete({ name, catalogue, aggregates, results, called });
      return 'complete';
    } catch (error) {
      return (error as Error).message;
    }
  };
  it('needs to obey all commands of its topic, and of those that it obeys one of', () => {
    assert.equal(of('kitchen', [unit([Fill]), unit([Empty])]), 'complete');
    assert.equal(
      of('kitchen', []),
      'the service kitchen is not complete: no aggregate handles the command Fill; no aggregate handles the command Empty',
    );
    assert.equal(
      of('waiter', [unit([Fill])]),
      'the service waiter is not complete: no aggregate handles the command Empty',
    );
    assert.equal(
      of('bell', [unit([Fill, Empty])]),
      'the service bell is not complete: no aggregate handles the command Ring',
    );
  });
  it('needs to obey the commands of its own topic, also if it obeys none', () => {
    assert.equal(
      of('kitchen', [unit([Filled])]),
      'the service kitchen is not complete: no aggregate handles the command Fill; no aggregate handles the command Empty',
    );
  });
  it('needs no handler for events, nor for commands of others', () => {
    assert.equal(of('waiter', [unit([Filled])]), 'complete');
    assert.equal(of('waiter', []), 'complete');
  });
  it('names every call that nobody makes, or whose result nobody decides about', () => {
    assert.equal(of('waiter', [], [boil, stir], [stir, boil]), 'complete');
    assert.equal(
      of('waiter', [], [boil, stir], [boil]),
      "the service waiter is not complete: nobody makes the call 'stir'",
    );
    const both = "nobody makes the call 'boil'; nobody decides about the result of the call 'stir'";
    assert.equal(of('waiter', [], [boil], [stir]), `the service waiter is not complete: ${both}`);
  });
  it('has one place for each input, whether it comes from a topic or from inside, and names each once', () => {
    assert.equal(of('waiter', [unit([Filled], ['Rang']), unit([Spilt])]), 'complete');
    const twice =
      'the service waiter is not complete: two aggregates handle Filled; two aggregates handle Rang';
    assert.equal(of('waiter', [unit([Filled], ['Rang']), unit([Filled]), unit([Filled], ['Rang'])]), twice);
  });
});
