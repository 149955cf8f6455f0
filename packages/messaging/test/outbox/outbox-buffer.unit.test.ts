import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { createHandover, type Deliveries, SCAN_LIMIT } from '../../src/outbox/outbox-buffer.ts';
import type { Ride } from '@sagakit/postgres/transaction';

const written = (json: string) => ({ topic: 'x', envelope: {} as Envelope, json });
const rows = (...ids: string[]) => ids.map((id) => ({ id }));

function leading(): { handover: Deliveries; woken: boolean[] } {
  const woken: boolean[] = [];
  const handover = createHandover();
  handover.attach((found) => woken.push(found));
  handover.begin();
  return { handover, woken };
}

/** A transaction's look, which must be there. */
function ride(handover: Deliveries): Ride {
  const given = handover.ride();
  assert.ok(given);
  return given;
}

/** The relay's own look. */
const look = (handover: Deliveries, ...ids: string[]) => handover.look(0).told(ids.map((id) => ({ id })));

describe('what is written', () => {
  it('is kept for the relay of the same process, which takes it once', () => {
    const { handover } = leading();
    handover.keep('1', written('one'));
    assert.equal(handover.take('1')?.json, 'one');
    assert.equal(handover.take('1'), undefined);
  });

  it('is not kept while another replica sends, nor over a time when one did', () => {
    const handover = createHandover();
    handover.keep('1', written('one'));
    handover.begin();
    assert.equal(handover.take('1'), undefined);
    handover.keep('2', written('two'));
    handover.end();
    handover.begin();
    assert.equal(handover.take('2'), undefined);
  });

  it('is bounded: the oldest make room', () => {
    const { handover } = leading();
    for (let id = 0; id < 2_001; id++) handover.keep(String(id), written(String(id)));
    assert.equal(handover.take('0'), undefined);
    assert.equal(handover.take('1')?.json, '1');
    assert.equal(handover.take('2000')?.json, '2000');
  });
});

describe('a look that rides with a COMMIT', () => {
  it('says what is to be sent, lowest first, and wakes the relay', () => {
    const { handover, woken } = leading();
    ride(handover).told(rows('9', '10', '101'));
    assert.deepEqual(handover.next(2), ['9', '10']);
    assert.deepEqual(woken, [true]);
  });

  it('deletes what was sent before, once', () => {
    const { handover } = leading();
    look(handover, '1', '2');
    handover.sent(['1', '2']);
    const first = ride(handover);
    assert.deepEqual(first.statement.values[0], ['1', '2']);
    first.told(rows('3'));
    assert.deepEqual(ride(handover).statement.values[0], []);
    assert.deepEqual(handover.next(9), ['3']);
  });

  it('that failed leaves its deletions to the next one, and the relay looks at once', () => {
    const { handover } = leading();
    look(handover, '1');
    handover.sent(['1']);
    ride(handover).failed();
    assert.equal(handover.lookDueInMs(performance.now()), 0);
    assert.deepEqual(ride(handover).statement.values[0], ['1']);
  });

  it('does not send again what was sent and is not deleted yet', () => {
    const { handover } = leading();
    look(handover, '1');
    handover.sent(['1']);
    const slow = ride(handover); // takes the deletion along, and has not committed
    look(handover, '1', '2');
    assert.deepEqual(handover.next(9), ['2']);
    slow.told(rows('2'));
    assert.deepEqual(handover.next(9), ['2']);
  });

  it('is one at a time; whoever commits meanwhile makes the relay look when that one is back', () => {
    const { handover, woken } = leading();
    const first = ride(handover);
    assert.equal(handover.ride(), undefined);
    handover.wrote();
    assert.notEqual(handover.lookDueInMs(performance.now()), 0);
    first.told(rows());
    assert.equal(handover.lookDueInMs(performance.now()), 0);
    assert.deepEqual(woken, [false, true]);
  });

  it('is not waited for: its transaction may hang', () => {
    const { handover } = leading();
    ride(handover);
    assert.equal(handover.lookDueInMs(performance.now() + 50), 0);
  });

  it('does not go while another replica sends, nor while many wait', () => {
    const handover = createHandover();
    assert.equal(handover.ride(), undefined);
    handover.begin();
    look(handover, ...Array.from({ length: 301 }, (_, id) => String(id)));
    assert.equal(handover.ride(), undefined);
  });
});

describe('a look of the relay', () => {
  it('is due at the start, after a full one, 100 ms after something was sent, and every two seconds', () => {
    const { handover } = leading();
    assert.equal(handover.lookDueInMs(0), 0);
    look(handover, ...Array.from({ length: SCAN_LIMIT }, (_, id) => String(id)));
    assert.equal(handover.lookDueInMs(0), 0);
    look(handover);
    assert.equal(handover.lookDueInMs(0), 2_000);
    handover.sent(['1']);
    assert.equal(handover.lookDueInMs(0), 100);
    assert.equal(handover.untidy(), true);
    look(handover);
    assert.equal(handover.untidy(), false);
    assert.equal(handover.lookDueInMs(500), 1_500);
  });
});

describe('a relay that sends no more', () => {
  it('forgets what it was to send and what it sent: another replica may have sent since', () => {
    const { handover } = leading();
    look(handover, '1', '2');
    handover.keep('1', written('one'));
    handover.sent(['2']);
    handover.end();
    assert.deepEqual([handover.next(9), handover.untidy(), handover.take('1')], [[], false, undefined]);
    assert.equal(handover.ride(), undefined);
    handover.keep('3', written('three'));
    assert.equal(handover.take('3'), undefined, 'a buffer that still leads after its end');
    handover.begin();
    look(handover, '2');
    assert.deepEqual(handover.next(9), ['2'], 'it is there again, so it is to be sent again');
    assert.deepEqual(ride(handover).statement.values[0], []);
  });
  it('does not wait for a look of the time before', () => {
    const { handover } = leading();
    const before = ride(handover);
    handover.end();
    handover.begin();
    const own = ride(handover);
    before.told(rows());
    assert.equal(handover.ride(), undefined, 'the new look is under way still');
    own.told(rows());
    assert.ok(handover.ride());
  });
});

describe('rows that wait', () => {
  it('are given again until they are sent, so many at once, by number and not by text', () => {
    const { handover } = leading();
    look(handover, '100', '20', '3', '21');
    assert.deepEqual(handover.next(3), ['3', '20', '21']);
    assert.deepEqual(handover.next(9), ['3', '20', '21', '100']);
    handover.sent(['3', '21']);
    assert.deepEqual(handover.next(9), ['20', '100']);
  });
  it('let a look ride along while they are 300 or fewer', () => {
    const { handover } = leading();
    look(handover, ...Array.from({ length: 300 }, (_, id) => String(id)));
    assert.ok(handover.ride());
  });
  it('are deleted once, though several looks have seen them go', () => {
    const { handover } = leading();
    look(handover, '1');
    handover.sent(['1']);
    const slow = ride(handover);
    look(handover, '1');
    look(handover, '1');
    slow.told(rows());
    assert.deepEqual(ride(handover).statement.values[0], []);
  });
  it('whose deletion failed are deleted by the next look', () => {
    const { handover } = leading();
    look(handover, '1');
    handover.sent(['1']);
    look(handover, '1');
    const again = ride(handover);
    again.told(rows('1'));
    assert.equal(handover.untidy(), false);
    look(handover, '1');
    assert.deepEqual(handover.next(9), ['1']);
  });
});

describe('who wakes the relay', () => {
  it('is a look that failed, and whoever wrote, though nothing was found', () => {
    const { handover, woken } = leading();
    handover.wrote();
    ride(handover).failed();
    assert.deepEqual(woken, [false, false]);
  });
  it('is nobody before it listens', () => createHandover().wrote());
  it('looks every two seconds, and after 50 ms where a look is under way', () => {
    const { handover } = leading();
    const own = handover.look(1_000);
    assert.equal(handover.lookDueInMs(1_000), 50);
    assert.equal(handover.lookDueInMs(1_040), 10);
    assert.equal(handover.lookDueInMs(2_000), 0);
    own.told([]);
    assert.equal(handover.lookDueInMs(1_500), 1_500);
  });
});
