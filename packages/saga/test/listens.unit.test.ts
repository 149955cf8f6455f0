/** Which messages of a system the orchestrator takes, and which it leaves alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCatalogue } from '@sagakit/messages/catalogue';
import { command, event, type Message, type MessageDefinition } from '@sagakit/messages/define';
import { decodeRecord } from '@sagakit/messaging/inbox/decode-record';
import { messagesOf } from '@sagakit/testing/participant';
import { z } from 'zod';
import { defineSaga, minutes } from '../src/define.ts';
import { definitionsOf } from '../src/release.ts';
import { sagaAggregate } from '../src/runner/unit.ts';
import { done, nothing } from '../src/state.ts';

const Data = z.object({ meal: z.uuid() });
const byMeal = ({ meal }: { meal: string }) => meal;
const said = <T extends string>(type: T) => event(type, 'kitchen.events', Data, byMeal);
const asked = <T extends string, const R extends readonly MessageDefinition[]>(type: T, ...replies: R) =>
  command(type, 'kitchen.commands', Data, byMeal, replies);
const [Ordered, Left, Seen] = [said('Ordered'), said('Left'), said('Seen')];
const [Cooked, ThrownAway, Told, Thanked] = [
  said('Cooked'),
  said('ThrownAway'),
  said('Told'),
  said('Thanked'),
];
const [Cook, ThrowAway, Tell, Thank] = [
  asked('Cook', Cooked),
  asked('ThrowAway', ThrownAway),
  asked('Tell', Told),
  asked('Thank', Thanked),
];
/** Only another release's definition sends it. */
const Wrapped = said('Wrapped');
const Wrap = asked('Wrap', Wrapped);
/** No saga sends it, and its reply is about a dish. */
const DishesCounted = event(
  'DishesCounted',
  'kitchen.events',
  z.object({ dish: z.string() }),
  ({ dish }) => dish,
);
const CountDishes = command(
  'CountDishes',
  'kitchen.commands',
  z.object({ dish: z.string() }),
  ({ dish }) => dish,
  [DishesCounted],
);

const kept = { writer: 'kitchen', partitions: 1, retentionMs: 1, segmentMs: 1 };
const catalogue = createCatalogue({
  name: 'restaurant',
  topics: { 'kitchen.events': kept, 'kitchen.commands': kept },
  messages: [
    ...[Ordered, Left, Seen, Cooked, ThrownAway, Told, Thanked, Wrapped, DishesCounted],
    ...[Cook, ThrowAway, Tell, Thank, Wrap, CountDishes],
  ],
});

const dinner = defineSaga({
  name: 'dinner',
  version: 2,
  startsOn: Ordered,
  begin: ({ meal }) => ({ meal }),
  whenUndone: ({ meal }) => Tell({ meal }),
}).step('cook', {
  send: ({ meal }) => Cook({ meal }),
  on: { Cooked: () => done() },
  undo: ({ meal }) => ThrowAway({ meal }),
  within: minutes(1),
});
const farewell = defineSaga({
  name: 'farewell',
  version: 1,
  startsOn: Left,
  begin: ({ meal }) => ({ meal }),
  whenUndone: nothing('it only goes forward'),
})
  .pointOfNoReturn()
  .step('thank', {
    send: ({ meal }) => Thank({ meal }),
    on: { Thanked: () => done() },
    within: minutes(1),
  });

const subject = { field: 'meal', column: 'meal_id', type: 'uuid', id: z.uuid(), one: 'a meal' };
const { handles } = sagaAggregate(definitionsOf({ subject, started: [dinner], alsoRunning: [farewell] }), {
  source: '/waiter',
  catalogue,
});
const handled = new Map(handles.map((definition) => [definition.type, definition]));

const { envelopeOf, recordOf } = messagesOf(catalogue);
const meal = '0198c0de-0000-7000-8000-000000000001';

/** What becomes of it; `change`: of its data, whatever its schema says. */
function becomes(message: Message, change?: unknown): string {
  const envelope = envelopeOf(message);
  const record = recordOf(change === undefined ? envelope : { ...envelope, data: change });
  const decoded = decodeRecord(record, handled, catalogue);
  return decoded.kind === 'unreadable' ? decoded.reason : decoded.kind;
}

describe('the orchestrator takes', () => {
  it('what starts a saga, and the replies that one waits for, of each definition that it has', () => {
    for (const definition of [Ordered, Left, Cooked, ThrownAway, Told, Thanked])
      assert.equal(becomes(definition({ meal })), 'message', definition.type);
    assert.equal(becomes(Cooked({ meal }), { meal: 7 }), 'schema-invalid', 'somebody waits for it');
  });
  it('a reply to what another release sends: whose saga it answers only its row can say', () =>
    assert.equal(becomes(Wrapped({ meal })), 'message'));
});

describe('the orchestrator ignores by name', () => {
  it('a reply about what no saga is about: it is looked for nowhere, and parks nothing', () =>
    assert.equal(becomes(DishesCounted({ dish: 'SOUP-1' })), 'ignored'));
  it('a reply that no saga here waits for, where it is about nothing at all', () => {
    for (const data of [null, {}, 'soup', { meal: 7 }])
      assert.equal(becomes(Wrapped({ meal }), data), 'ignored');
  });
  it('what answers nothing', () => assert.equal(becomes(Seen({ meal })), 'ignored'));
});
