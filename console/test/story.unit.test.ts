import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawRecord } from '@sagakit/kafka/record';
import fc from 'fast-check';
import { Story } from '../src/api.ts';
import { inCausalOrder } from '../src/story/causal-order.ts';
import { mermaidOf } from '../src/story/mermaid.ts';
import { MAX_ROWS, storyOf } from '../src/story/story.ts';
import { deadLetterOf, recordOf, uuidAt } from './records.ts';
import { inputOf, simulate } from './simulate.ts';

const declined = simulate((command) => (command === 'ProcessPayment' ? 'no' : 'yes')).records;

describe('the order in which a story is told', () => {
  const aMessage = (place: number) =>
    fc.record({
      source: fc.constantFrom('/a', '/b'),
      id: fc.constant(String(place)),
      subject: fc.constant('s'),
      time: fc.integer({ min: 1, max: 9 }).map(String),
      hops: fc.constant(0),
      sequence: fc.constant(place),
      cause: place === 0 ? fc.constant(null) : fc.option(fc.integer({ min: 0, max: place - 1 }).map(String)),
    });
  const history = fc
    .integer({ min: 0, max: 15 })
    .chain((n) => fc.tuple(...Array.from({ length: n }, (_, place) => aMessage(place))));

  it('has no effect before its cause, and no message before the one that its writer said before, whatever the clocks say', () => {
    fc.assert(
      fc.property(history, fc.func(fc.integer()), (messages, shuffle) => {
        const told = inCausalOrder(messages.toSorted((a, b) => shuffle(a.id) - shuffle(b.id)));
        assert.equal(told.length, messages.length);
        const at = new Map(told.map(({ id }, place) => [id, place]));
        for (const { id, cause } of told)
          assert.ok(cause === null || (at.get(cause) as number) < (at.get(id) as number));
        for (const writer of ['/a', '/b']) {
          const said = told.filter(({ source }) => source === writer).map(({ sequence }) => sequence);
          assert.deepEqual(
            said,
            said.toSorted((a, b) => a - b),
          );
        }
        assert.deepEqual(inCausalOrder(messages), told, 'and does not depend on how they came');
      }),
    );
  });

  it('tells rings by time, and all of them', () => {
    const ring = ['1', '2', '3'].map((id, place) => ({
      source: '/a',
      subject: 's',
      hops: 0,
      id,
      sequence: 1,
      time: String(9 - place),
      cause: String(((place + 1) % 3) + 1),
    }));
    assert.equal(inCausalOrder(ring).length, 3);
  });
});

describe('a story', () => {
  it('is as its schema says', () => assert.ok(Story.strict().safeParse(storyOf(inputOf(declined))).success));

  it('names each cause, its effects, and who read it with what result', () => {
    const { events } = storyOf(inputOf(declined));
    const refusal = events.find(({ type }) => type === 'PaymentDeclined');
    const command = events.find(({ type }) => type === 'ProcessPayment');
    assert.equal(refusal?.kind, 'refusal');
    assert.equal(refusal?.causationId, command?.id);
    assert.deepEqual(command?.effects, [refusal?.id]);
    assert.deepEqual(command?.readers, [{ service: 'payment', did: 'took-effect', messages: 1 }]);
    assert.deepEqual(
      refusal?.readers.map(({ service, did }) => [service, did]),
      [['saga-orchestrator', 'took-effect']],
    );
    assert.deepEqual(refusal?.step, { saga: 'place-order', name: 'process-payment', direction: 'do' });
    assert.deepEqual(
      events.map(({ type }) => type),
      [
        'OrderPlaced',
        'ContactProvided',
        'SagaStarted',
        'ReserveInventory',
        'InventoryReserved',
        'ProcessPayment',
        'PaymentDeclined',
        'SagaCompensating',
        'ReleaseInventory',
        'InventoryReleased',
        'RejectOrder',
        'OrderRejected',
        'NotificationSent',
        'SagaCompensated',
      ],
    );
  });

  it('folds what was sent again and again, and still knows each of the sends', () => {
    const { records } = simulate(
      (command) => (command === 'ProcessPayment' || command === 'RefundPayment' ? 'silent' : 'yes'),
      {
        deadlines: 500,
      },
    );
    const story = storyOf(inputOf(records));
    const [undo] = story.events.filter(({ type }) => type === 'RefundPayment');
    assert.equal(undo?.repeats?.count, 499);
    assert.equal(undo?.repeats?.ids.length, 499);
    assert.ok(story.events.length < 20, String(story.events.length));
    // Each id once.
    assert.ok(JSON.stringify(story).length < 30_000, String(JSON.stringify(story).length));
    const rows = new Set(story.events.map(({ id }) => id));
    for (const { type, effects } of story.events)
      assert.ok(
        effects.every((id) => rows.has(id)),
        type,
      );
    assert.equal(undo?.id, story.sagas[0]?.steps[1]?.undo?.sendId);
    assert.equal(story.sagas[0]?.steps[1]?.undo?.attempts, 500);
  });

  it('whose order is not read yet has not ended, whichever of its messages came first', () => {
    const { records } = simulate(() => 'yes');
    const endedWith = (type: string) =>
      storyOf(inputOf(records.filter(({ value }) => String(value).includes(`"type":"${type}"`)))).ended;
    for (const type of ['ReserveInventory', 'ProcessPayment', 'SagaStarted', 'OrderConfirmed'])
      assert.equal(endedWith(type), false, type);
    assert.equal(storyOf(inputOf(records)).ended, true);
  });

  it('is bounded, and says what is left out', () => {
    const many = Array.from({ length: 900 }, (_, n) =>
      recordOf({ type: 'NewerWriter', data: {}, id: uuidAt(1, n), sequence: n + 1, at: n, offset: n }),
    );
    const { events, more } = storyOf(inputOf(many));
    assert.equal(events.length, MAX_ROWS);
    assert.deepEqual([more.messages, more.shown], [900, MAX_ROWS]);
    assert.equal(events.at(-1)?.sequence, 900, 'the end is shown');
  });

  it('shows what Kafka has twice, and what is parked and where', () => {
    const [placed, ...rest] = declined as [RawRecord, ...RawRecord[]];
    const deadLetter = deadLetterOf(placed, {
      service: 'notification',
      reason: 'decision-failed',
      error: 'boom',
    });
    const { events, parked } = storyOf(inputOf([placed, { ...placed, offset: '77' }, ...rest, deadLetter]));
    assert.deepEqual(events[0]?.copies, [{ partition: 0, offset: '77' }]);
    assert.deepEqual(
      parked.map(({ service, reason, error, messageId }) => [service, reason, error, messageId]),
      [['notification', 'decision-failed', 'boom', events[0]?.id]],
    );
    assert.deepEqual(events[0]?.readers[0], {
      service: 'notification',
      did: 'parked',
      reason: 'decision-failed',
    });
  });

  it('says that two clocks disagree, and does not correct them', () => {
    const placed = recordOf({ type: 'OrderPlaced', data: {}, id: 'a', at: 5 });
    const early = recordOf({
      type: 'NewerWriter',
      data: {},
      topic: 'payment.events',
      id: 'b',
      cause: 'a',
      hops: 1,
      at: 2,
      offset: 9,
    });
    const { events } = storyOf(inputOf([early, placed]));
    assert.deepEqual(
      events.map(({ id, afterMs, afterCauseMs }) => [id, afterMs, afterCauseMs]),
      [
        ['a', 3, undefined],
        ['b', 0, -3],
      ],
    );
  });

  it('has no personal data, in no depth', () => {
    const text = JSON.stringify(storyOf(inputOf(declined)));
    for (const secret of ['ada@', 'Ada', 'Square', 'tok_visa']) assert.ok(!text.includes(secret), secret);
  });
});

describe('the diagram', () => {
  it('is a Mermaid sequence, command by command', () => {
    const text = mermaidOf(storyOf(inputOf(declined)));
    assert.match(text, /^sequenceDiagram\n/);
    assert.match(text, /participant p\d as saga-orchestrator/);
    assert.match(text, /p\d->>p\d: ProcessPayment \+\d+ ms/);
    assert.match(text, /p\d--xp\d: PaymentDeclined/);
  });

  it('lets nothing that is sent break out of its line', () => {
    const hostile = recordOf({ type: 'x; end\u2028participant evil #59;', data: {}, subject: '%%{init}%%' });
    const text = mermaidOf(storyOf(inputOf([hostile])));
    assert.ok(!/[;#{}\u2028]/.test(text.replace('%% ', '')), text);
  });
});
