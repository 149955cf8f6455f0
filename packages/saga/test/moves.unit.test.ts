/**
 * What a saga's state says of each step, at every turn: the operator's view, and what a later release reads.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { command, event } from '@sagakit/messages/define';
import { z } from 'zod';
import { defineSaga, minutes } from '../src/define.ts';
import { react } from '../src/react.ts';
import { fromStored, toStored } from '../src/runner/stored-state.ts';
import { done, type JsonObject, nothing, refuse, type Input, type SagaState } from '../src/state.ts';
import { scenario } from '../src/testing.ts';

const Data = z.object({ table: z.string() });
const byTable = ({ table }: { table: string }) => table;
const said = <T extends string>(type: T) => event(type, 'kitchen.events', Data, byTable);
const [Seated, Laid, Cleared, Cooked, Burnt, ThrownAway, Told] = [
  said('Seated'),
  said('Laid'),
  said('Cleared'),
  said('Cooked'),
  said('Burnt'),
  said('ThrownAway'),
  said('Told'),
];
const Lay = command('Lay', 'kitchen.commands', Data, byTable, [Laid]);
const Clear = command('Clear', 'kitchen.commands', Data, byTable, [Cleared]);
const Cook = command('Cook', 'kitchen.commands', Data, byTable, [Cooked, Burnt]);
const ThrowAway = command('ThrowAway', 'kitchen.commands', Data, byTable, [ThrownAway]);
const Tell = command('Tell', 'kitchen.commands', Data, byTable, [Told]);

const dinner = (detail?: string) =>
  defineSaga({
    name: 'dinner',
    version: 3,
    startsOn: Seated,
    refusals: ['burnt'],
    begin: ({ table }) => ({ table }),
    whenUndone: ({ table }) => Tell({ table }),
  })
    .step('lay', {
      send: ({ table }) => Lay({ table }),
      on: { Laid: () => done({ plates: 4 }) },
      undo: ({ table }) => Clear({ table }),
      within: minutes(1),
    })
    .step('cook', {
      send: ({ table }) => Cook({ table }),
      on: {
        Cooked: () => done(),
        Burnt: () => (detail === undefined ? refuse('burnt') : refuse('burnt', detail)),
      },
      undo: ({ table }) => ThrowAway({ table }),
      within: minutes(1),
    });

const table = { table: '7' };
const START = '2026-01-01T12:00:00.000Z';
const laying = (detail?: string) => scenario(dinner(detail)).given(Seated(table), '7');
const cooking = (detail?: string) => laying(detail).reply(Laid(table));
const stateOf = (tale: ReturnType<typeof scenario>) => tale.state() as SagaState;
/** The minutes after the start at which it timed out. */
const after = (m: number) => new Date(Date.parse(START) + minutes(m)).toISOString();
const lay = { name: 'lay', attempts: 1, sentAt: START };
const laid = { ...lay, status: 'done', endedAt: START, answer: 'Laid' };

describe('the steps of a saga', () => {
  it('stand in the order in which they were sent; what each learned is known to all that follow', () => {
    assert.deepEqual(stateOf(laying()), {
      name: 'dinner',
      version: 3,
      subject: '7',
      data: table,
      startedAt: START,
      cancel: false,
      status: 'running',
      steps: [{ ...lay, status: 'waiting' }],
      waiting: { step: 'lay', direction: 'do', attempt: 1, deadline: after(1), key: '7/dinner/lay/do/1' },
    });
    const { steps, data } = stateOf(cooking());
    assert.deepEqual(steps, [laid, { name: 'cook', status: 'waiting', attempts: 1, sentAt: START }]);
    assert.deepEqual(data, { ...table, plates: 4 });
  });
  it('say why they were refused, with what was said beside it', () => {
    const refused = {
      name: 'cook',
      status: 'refused',
      attempts: 1,
      sentAt: START,
      endedAt: START,
      answer: 'Burnt',
    };
    const recordOf = (detail?: string) => stateOf(cooking(detail).reply(Burnt(table))).steps[1];
    assert.deepEqual(recordOf(), { ...refused, refusal: { reason: 'burnt' } });
    assert.deepEqual(recordOf('black'), { ...refused, refusal: { reason: 'burnt', detail: 'black' } });
  });
  it('say that nobody knows what they did, and how their undo goes, with every send of it', () => {
    const timedOut = { name: 'cook', attempts: 1, sentAt: START, endedAt: after(1) };
    const undoing = cooking().timesOut();
    const [first, second] = stateOf(undoing).steps;
    assert.deepEqual(first, laid);
    assert.deepEqual(second, { ...timedOut, status: 'undoing', undo: { attempts: 1, sentAt: after(1) } });
    undoing.timesOut().timesOut();
    assert.deepEqual(stateOf(undoing).steps[1]?.undo, { attempts: 3, sentAt: after(1) });
    undoing.reply(ThrownAway(table));
    const answered = { attempts: 3, sentAt: after(1), endedAt: after(4), answer: 'ThrownAway' };
    assert.deepEqual(stateOf(undoing).steps, [
      { ...laid, status: 'undoing', undo: { attempts: 1, sentAt: after(4) } },
      { ...timedOut, status: 'undone', undo: answered },
    ]);
  });
  it('are told once they are undone, and that is no step', () => {
    const telling = cooking().reply(Burnt(table)).reply(Cleared(table));
    const { steps, ...state } = stateOf(telling);
    assert.deepEqual(
      steps.map(({ name, status }) => [name, status]),
      [
        ['lay', 'undone'],
        ['cook', 'refused'],
      ],
    );
    assert.equal('waiting' in state && state.waiting.key, '7/dinner/when-undone/do/1');
    assert.equal('waiting' in state && state.waiting.deadline, after(2));
    assert.deepEqual(telling.reply(Told(table)).is('compensated').state(), {
      name: 'dinner',
      version: 3,
      subject: '7',
      data: { ...table, plates: 4 },
      startedAt: START,
      steps,
      status: 'compensated',
      why: { kind: 'refused', reason: 'burnt' },
      endedAt: START,
    });
  });
});

describe('a command that is sent again', () => {
  it('is counted in its key, and names the send that it follows', () => {
    let state = stateOf(cooking().reply(Burnt(table)));
    const again = () => {
      const now = new Date('waiting' in state ? state.waiting.deadline : 0);
      const reaction = react(dinner(), state, { kind: 'deadline' }, now);
      state = reaction.state as SagaState;
      return reaction.messages.map(({ key, follows }) => [key, follows]);
    };
    assert.deepEqual(again(), [['7/dinner/lay/undo/2', '7/dinner/lay/undo/1']]);
    assert.deepEqual(again(), [['7/dinner/lay/undo/3', '7/dinner/lay/undo/2']]);
  });
});

describe('what a saga tells about itself', () => {
  const told = (state: SagaState, input: Input) =>
    react(dinner(), state, input, new Date(START)).messages.flatMap(({ message, key }) =>
      key ? [] : [message],
    );
  const saga = { saga: 'dinner', version: 3 };
  it('has the reason, where there is one', () => {
    const operator = { kind: 'compensate', reason: 'the kitchen is on fire' } as const;
    assert.deepEqual(told(stateOf(cooking()), { kind: 'reply', ...Burnt(table) }), [
      { type: 'SagaCompensating', data: { ...saga, why: { kind: 'refused', reason: 'burnt' } } },
    ]);
    assert.deepEqual(told(stateOf(cooking()), operator), [
      {
        type: 'SagaCompensating',
        data: { ...saga, why: { kind: 'operator', reason: 'stopped-by-operator' } },
      },
    ]);
    const telling = stateOf(cooking().reply(Burnt(table)).reply(Cleared(table)));
    assert.deepEqual(told(telling, { kind: 'reply', ...Told(table) }), [
      { type: 'SagaCompensated', data: { ...saga, why: { kind: 'refused', reason: 'burnt' } } },
    ]);
  });
  it('has none where it timed out', () => {
    const timedOut = stateOf(cooking().timesOut().reply(ThrownAway(table)).reply(Cleared(table)));
    assert.deepEqual(told(timedOut, { kind: 'reply', ...Told(table) }), [
      { type: 'SagaCompensated', data: { ...saga, why: { kind: 'silent' } } },
    ]);
  });
});

describe('a definition that cannot move the state', () => {
  const now = new Date(after(60));
  const deadline = { kind: 'deadline' } as const;
  it('has no step', () => {
    const { step: _, pointOfNoReturn: __, ...none } = { ...dinner(), steps: [] };
    const start = { kind: 'start', subject: '7', data: table } as const;
    assert.throws(() => react(none, undefined, start, now), /^Error: the saga dinner has no step$/);
  });
  it('has nothing to undo, or nobody to tell, where the saga waits for it', () => {
    const without = {
      ...dinner(),
      steps: dinner().steps.map((step) => ({ ...step, undo: nothing('no more') })),
    };
    const undoing = stateOf(cooking().timesOut());
    assert.throws(
      () => react(without, undoing, deadline, now),
      /^Error: cook has nothing to undo, yet the saga waits for it$/,
    );
    const timedOut = { ...dinner(), whenUndone: nothing('no more') };
    const telling = stateOf(cooking().reply(Burnt(table)).reply(Cleared(table)));
    assert.throws(
      () => react(timedOut, telling, deadline, now),
      /^Error: nobody is to be told, yet the saga waits for it$/,
    );
  });
});

describe('a state as it is stored', () => {
  it('has the subject under the name that the service has for it, and is read as it was', () => {
    const subject = { field: 'table', column: 'table_id', type: 'text' };
    const state = stateOf(cooking());
    const { subject: key, ...rest } = state;
    assert.deepEqual(toStored(state, subject), { table: key, ...rest });
    assert.deepEqual(fromStored(toStored(state, subject), subject), state);
  });
});

describe('a step past the point of no return', () => {
  it('has nothing to undo, and says why', () => {
    const forward = defineSaga({
      name: 'tidy',
      version: 1,
      startsOn: Seated,
      begin: ({ table: own }): JsonObject & { table: string } => ({ table: own }),
      whenUndone: nothing('it only goes forward'),
    })
      .pointOfNoReturn()
      .step('clear', { send: () => Clear(table), on: { Cleared: () => done() }, within: minutes(1) });
    assert.deepEqual(forward.steps[0]?.undo, {
      kind: 'nothing',
      because: 'it is past the point of no return',
    });
  });
});

describe('what a saga forgets', () => {
  const begun = defineSaga({
    name: 'dinner',
    version: 1,
    startsOn: Seated,
    begin: ({ table: own }) => ({ table: own, pin: { number: 'secret' }, other: 1 }),
    whenUndone: nothing('nobody waits'),
  });
  const secretive = (definition = begun.forgetting('pin')) =>
    scenario(
      definition.step('lay', {
        send: ({ table: own }) => Lay({ table: own }),
        on: { Laid: () => done({ plates: 4 }) },
        undo: nothing('it is only laid'),
        within: minutes(1),
      }),
    ).given(Seated(table), '7');
  const left = (saga: ReturnType<typeof secretive>) => saga.state()?.data;
  it('is there until its end, and then only that it was', () => {
    const known = { table: '7', pin: { number: 'secret' }, other: 1 };
    assert.deepEqual(left(secretive()), known);
    assert.deepEqual(left(secretive().reply(Laid(table))), { ...known, pin: {}, plates: 4 });
    assert.deepEqual(left(secretive().timesOut().is('compensated')), { ...known, pin: {} });
  });
  it('is nothing where nothing is said', () =>
    assert.deepEqual(left(secretive(begun).timesOut()), {
      table: '7',
      pin: { number: 'secret' },
      other: 1,
    }));
});
