/**
 * An aggregate as it is declared: what it listens to, what a decision is given, what is asked of the database
 * in its one trip.
 */
import {
  catalogue,
  DepositDeclined,
  DepositReturned,
  TakeDeposit,
  ReturnDeposit,
  type BookingId,
} from '@sagakit/testing/bookings';
import type { MessageDefinition } from '@sagakit/messages/define';
import { column } from '@sagakit/postgres/table';
import { notingTx } from '@sagakit/testing/sql';
import { messagesOf } from '@sagakit/testing/participant';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { aggregate, type DecidedMessage } from '../../src/aggregate/aggregate.ts';
import { assertComplete } from '../../src/aggregate/complete.ts';
import { type Context, type DataOf, type Decision, decide, ignore } from '../../src/aggregate/decision.ts';
import { resultOf } from '../../src/effects/result.ts';
import { table } from '../../src/aggregate/table.ts';
import type { Incoming } from '../../src/incoming.ts';
import { effect } from '../../src/effects/effect.ts';
import { contextOf } from '../../src/to-envelope.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const other = '01900000-0000-7000-8000-000000000002' as BookingId;
const now = new Date('2026-01-01T00:00:00Z');
const amount = { amount: 500, currency: 'EUR' };
const writer = { source: '/deposits', catalogue };
const { envelopeOf } = messagesOf(catalogue);
const incoming = (message: Parameters<typeof envelopeOf>[0]): Incoming => {
  const envelope = envelopeOf(message);
  return { message: envelope, cause: contextOf(envelope) };
};
const pay = (id = bookingId) => incoming(TakeDeposit({ bookingId: id, amount, token: 't' }));
const undo = (id = bookingId) => incoming(ReturnDeposit({ bookingId: id }));

type State = { calls: number };
const call = effect('call', z.object({ number: z.int() }), z.object({ good: z.boolean() }), {
  cancellable: true,
});
const states = table({
  name: 'states',
  key: ['booking_id', column.uuid<BookingId>()],
  columns: { calls: column.int() },
  toColumns: (state: State) => state,
  toState: ({ calls }): State => ({ calls }),
});
const seen: { state: State | undefined; data: unknown; context: Context }[] = [];
const noting = (state: State | undefined, data: unknown, context: Context): Decision<State> => {
  seen.push({ state, data, context });
  return decide<State>({ calls: (state?.calls ?? 0) + 1 }, [], [call({ number: 1 })]);
};
const cancelling = (
  state: State | undefined,
  _: DataOf<typeof ReturnDeposit>,
  { notStarted }: Context,
): Decision<State> =>
  notStarted(call)
    ? decide<State>({ calls: 0 }, [DepositReturned({ bookingId, amount })], [], [call])
    : ignore('started');

const declared = aggregate({ table: states })
  .on(TakeDeposit, noting)
  .on(ReturnDeposit, cancelling, { mayCancel: [call] })
  .onResult(call, (state, { good }, { subject }) =>
    decide<State>(state ?? { calls: 0 }, good ? [] : [DepositDeclined({ bookingId: subject, code: 'x' })]),
  );

async function loaded(inputs: Incoming[], rows: object[] = []) {
  const { tx, asked } = notingTx(rows);
  const unit = await declared.bind(writer).load(tx, inputs);
  return { unit, asked };
}

describe('a declared aggregate', () => {
  it('listens to what is listed, and to the results of its calls', () => {
    const { handles, local } = declared.bind(writer);
    assert.deepEqual(
      handles.map(({ type }) => type),
      ['TakeDeposit', 'ReturnDeposit'],
    );
    assert.deepEqual(local, ['CallAnswered']);
  });
  it('has one decision about each', () => {
    assert.throws(() => declared.on(TakeDeposit, noting), /two decisions about TakeDeposit/);
    const result = () => decide<State>({ calls: 0 });
    assert.throws(() => declared.onResult(call, result), /two decisions about CallAnswered/);
  });
  it('gives a decision the state, plain data, and whom it is about', async () => {
    const input = pay();
    const { unit } = await loaded(
      [input],
      [{ booking_id: bookingId, version: 3, sequence: 7, answers: {}, calls: 4 }],
    );
    const { effects } = unit.handle(input, now);
    const { state, data, context } = seen.at(-1) as (typeof seen)[number];
    assert.deepEqual([state, data], [{ calls: 4 }, { bookingId, amount, token: 't' }]);
    assert.deepEqual([context.subject, context.now, context.message], [bookingId, now, input.cause]);
    assert.deepEqual(
      effects.map(({ kind, subject, started, request }) => ({ kind, subject, started, request })),
      [{ kind: 'call', subject: bookingId, started: false, request: { number: 1 } }],
    );
    const [{ name, values } = { name: '', values: [] }] = unit.save();
    assert.equal(name, 'states-save');
    assert.deepEqual(JSON.parse(String(values[0])), [
      { booking_id: bookingId, version: 4, sequence: 7, answers: {}, calls: 5 },
    ]);
  });
  it('decides about a result under the name of its type', async () => {
    const { cause } = pay();
    const failed = resultOf(
      { id: 'c', subject: bookingId, cause },
      call.resultType,
      { good: false },
      cause.traceparent,
    );
    const { unit } = await loaded([failed]);
    assert.deepEqual(
      unit.handle(failed, now).messages.map(({ type, sequence }) => [type, sequence]),
      [['DepositDeclined', '0000000001']],
    );
  });
});

describe('a call that may be cancelled', () => {
  it('is looked up for those only that may cancel it, once per subject', async () => {
    const { asked } = await loaded([pay(), undo(other), undo(other), pay(other)]);
    assert.deepEqual(
      asked.map(({ name, values }) => [name, values]),
      [
        ['states-lock', [[bookingId, other]]],
        ['effects-not-started', ['call', [other]]],
      ],
    );
    const without = await loaded([pay()]);
    assert.deepEqual(
      without.asked.map(({ name }) => name),
      ['states-lock'],
    );
  });
  it('is not started where it was decided in the same batch; and is cancelled once', async () => {
    const [first, second, third] = [pay(), undo(), undo()];
    const { unit } = await loaded([first, second, third]);
    unit.handle(first, now);
    const { cancels, messages } = unit.handle(second, now);
    assert.deepEqual([cancels, messages.length], [[{ kind: 'call', subject: bookingId }], 1]);
  });
  it('is started where the database does not say otherwise', async () => {
    const { unit } = await loaded([undo()]);
    assert.equal(unit.handle(undo(), now).ignored, 'started');
  });
  it('cannot be asked about by a decision that is not listed so', async () => {
    const own = aggregate({ table: states }).on(ReturnDeposit, cancelling);
    const unit = await own.bind(writer).load(notingTx().tx, [undo()]);
    assert.throws(() => unit.handle(undo(), now), /ReturnDeposit is not listed with mayCancel: \[call\]/);
  });
});

describe('a record', () => {
  it('is written of each such message, with the state that it led to', async () => {
    const told: DecidedMessage<typeof DepositReturned, State>[] = [];
    const own = declared.record(DepositReturned, (those) => {
      told.push(...those);
      return [{ name: 'ledger', text: 'insert', values: [] }];
    });
    const inputs = [pay(), undo()];
    const unit = await own.bind(writer).load(notingTx().tx, inputs);
    for (const input of inputs) unit.handle(input, now);
    assert.deepEqual(
      unit.save().map(({ name }) => name),
      ['states-save', 'ledger'],
    );
    assert.deepEqual(told, [{ data: { bookingId, amount }, state: { calls: 0 }, now }]);
  });
});

describe('a service', () => {
  const complete = {
    name: 'deposits',
    catalogue,
    aggregates: [declared.bind(writer)],
    results: declared.results,
    called: [call],
  };
  const handling = (...handles: MessageDefinition[]) => ({ ...declared.bind(writer), handles });
  it('that handles all that it is told and makes all calls starts', () => assertComplete(complete));
  it('whose command nobody handles does not', () =>
    assert.throws(
      () => assertComplete({ ...complete, aggregates: [handling(TakeDeposit)] }),
      /^Error: the service deposits is not complete: no aggregate handles the command ReturnDeposit$/,
    ));
  it('that handles none of its commands does not', () =>
    assert.throws(
      () => assertComplete({ ...complete, aggregates: [handling()] }),
      /no aggregate handles the command TakeDeposit; no aggregate handles the command ReturnDeposit$/,
    ));
  it('whose calls nobody makes, or nobody decides about, does not', () => {
    assert.throws(() => assertComplete({ ...complete, called: [] }), /nobody makes the call 'call'/);
    assert.throws(
      () => assertComplete({ ...complete, results: [] }),
      /nobody decides about the result of the call 'call'/,
    );
  });
  it('with two decisions about one message does not', () =>
    assert.throws(
      () => assertComplete({ ...complete, aggregates: [...complete.aggregates, handling(ReturnDeposit)] }),
      /two aggregates handle ReturnDeposit; two aggregates handle CallAnswered/,
    ));
});

describe('an adapter', () => {
  const context = { subject: 's', signal: new AbortController().signal, headers: { traceparent: '' } };
  const handlerOf = (good: unknown) =>
    call.handledBy({
      timeoutMs: 1,
      backoff: { initialMs: 1, maxMs: 1 },
      call: async () => ({ good }) as { good: boolean },
    });
  it('gives what fits, of a request that fits', async () => {
    const { prepare } = handlerOf(true);
    assert.deepEqual(await prepare({ number: 1, ofTheNextRelease: 1 })(context), { good: true });
    assert.throws(() => prepare({ number: 'one' }), /cannot read the stored request: .*number/s);
    await assert.rejects(handlerOf('yes').prepare({ number: 1 })(context), /good/);
  });
});
