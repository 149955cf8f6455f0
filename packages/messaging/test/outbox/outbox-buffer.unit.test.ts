import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import type { PiggybackedStatement } from '@sagakit/postgres/statement';
import { createOutboxBuffer, type LedOutbox, type RelayBuffer } from '../../src/outbox/outbox-buffer.ts';

const message = (json: string) => ({ topic: 'x', envelope: {} as Envelope, json });
const rows = (...ids: string[]) => ids.map((id) => ({ id }));

function leading(): { buffer: RelayBuffer; outbox: LedOutbox; wakeUps: () => number } {
  let woken = 0;
  const buffer = createOutboxBuffer();
  buffer.listen(() => {
    woken++;
  });
  return { buffer, outbox: buffer.lead(), wakeUps: () => woken };
}

/** A transaction's scan, which must be there. */
function piggyback(buffer: RelayBuffer): PiggybackedStatement {
  const scan = buffer.piggyback();
  assert.ok(scan);
  return scan;
}

describe('a message', () => {
  it('is kept for the relay of the same process, which takes it once', () => {
    const { buffer, outbox } = leading();
    buffer.add('1', message('one'));
    assert.equal(outbox.take('1')?.json, 'one');
    assert.equal(outbox.take('1'), undefined);
  });

  it('is not kept while another replica leads, nor over a time when one did', () => {
    const buffer = createOutboxBuffer();
    buffer.add('1', message('one'));
    assert.equal(buffer.lead().take('1'), undefined);
    buffer.add('2', message('two'));
    buffer.stepDown();
    buffer.add('3', message('three'));
    const again = buffer.lead();
    assert.deepEqual([again.take('2'), again.take('3')], [undefined, undefined]);
  });

  it('makes room for the newest beyond 2,000', () => {
    const { buffer, outbox } = leading();
    for (let id = 0; id < 2_001; id++) buffer.add(String(id), message(String(id)));
    assert.equal(outbox.take('0'), undefined);
    assert.equal(outbox.take('1')?.json, '1');
    assert.equal(outbox.take('2000')?.json, '2000');
  });
});

describe('a scan that travels with a COMMIT', () => {
  it('says what is to be sent, and wakes the relay', () => {
    const { buffer, outbox, wakeUps } = leading();
    piggyback(buffer).onRows(rows('9', '10', '101'));
    assert.deepEqual(outbox.nextIds(2), ['9', '10']);
    assert.equal(wakeUps(), 1);
    assert.notEqual(outbox.nextScanInMs(performance.now()), 0); // all that there was has been seen
  });

  it('wakes the relay also if its transaction failed: the relay scans at once', () => {
    const { buffer, outbox, wakeUps } = leading();
    piggyback(buffer).onError();
    assert.deepEqual([wakeUps(), outbox.nextScanInMs(performance.now())], [1, 0]);
  });

  it('is one at a time; whoever commits meanwhile makes the relay scan when that one is back', () => {
    const { buffer, outbox, wakeUps } = leading();
    const first = piggyback(buffer);
    assert.equal(buffer.piggyback(), undefined);
    buffer.notify();
    assert.notEqual(outbox.nextScanInMs(performance.now()), 0);
    first.onRows(rows());
    assert.equal(outbox.nextScanInMs(performance.now()), 0);
    assert.equal(wakeUps(), 2);
  });

  it('does not travel while another replica leads', () => {
    const { buffer } = leading();
    buffer.stepDown();
    assert.equal(buffer.piggyback(), undefined);
    assert.equal(createOutboxBuffer().piggyback(), undefined);
  });

  it('of a time before holds up nothing, and what it found is found by a scan of now', () => {
    const { buffer, outbox, wakeUps } = leading();
    const before = piggyback(buffer);
    buffer.stepDown();
    const now = buffer.lead();
    const own = piggyback(buffer);
    before.onRows(rows('1'));
    assert.equal(buffer.piggyback(), undefined, 'the new scan is under way still');
    own.onRows(rows());
    assert.deepEqual([outbox.nextIds(9), now.nextIds(9)], [['1'], []]);
    assert.equal(now.nextScanInMs(performance.now()), 0);
    assert.equal(wakeUps(), 2);
  });
});

describe('who leads anew', () => {
  it('knows nothing of what was to be sent, or was sent: another replica may have sent since', () => {
    const { buffer, outbox } = leading();
    outbox.scan(0).onRows(rows('1', '2'));
    outbox.sent(['2']);
    buffer.stepDown();
    const again = buffer.lead();
    assert.deepEqual([again.nextIds(9), again.hasDeletions(), again.nextScanInMs(0)], [[], false, 0]);
    again.scan(0).onRows(rows('2'));
    assert.deepEqual(again.nextIds(9), ['2'], 'it is there again, so it is to be sent again');
  });
});

describe('word of new messages', () => {
  it('wakes whoever listens, also while another replica leads, and nobody before that', () => {
    createOutboxBuffer().notify();
    let woken = 0;
    const buffer = createOutboxBuffer();
    buffer.listen(() => {
      woken++;
    });
    buffer.notify();
    buffer.lead();
    buffer.notify();
    assert.equal(woken, 2);
  });
});
