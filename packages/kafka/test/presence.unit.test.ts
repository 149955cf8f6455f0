/** Whether the broker is there: what an outage is, and what is none. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createPresence } from '../src/presence.ts';

describe('the presence of the broker', () => {
  let presence: ReturnType<typeof createPresence>;
  beforeEach(() => {
    presence = createPresence();
  });

  it('is away until the group is joined, and that is no outage', () => {
    assert.deepEqual([presence.isAway(10), presence.isJoined(), presence.wasJoined()], [true, false, false]);
    presence.connected(1_000);
    assert.equal(presence.joined(5_000), undefined);
    assert.equal(presence.isAway(5_001), false);
    assert.equal(presence.backSince(), -Infinity);
  });

  it('is no outage if a new broker answers "not yet" to the first join', () => {
    presence.left({ responded: true });
    assert.equal(presence.joined(5_000), undefined);
    assert.equal(presence.backSince(), -Infinity);
  });

  it('is an outage if nobody answered the first join, or the first connection took longer than five seconds', () => {
    presence.left({ responded: false });
    assert.deepEqual(presence.joined(5_000), { silentMs: Infinity });
    assert.equal(presence.backSince(), 5_000);

    const slow = createPresence();
    slow.connected(5_001);
    assert.deepEqual(slow.joined(6_000), { silentMs: Infinity });
    const inTime = createPresence();
    inTime.connected(5_000);
    assert.equal(inTime.joined(6_000), undefined);
  });

  it('is an outage if the group is left once it was joined, whatever the broker answered', () => {
    presence.joined(1_000);
    presence.left({ responded: true });
    assert.equal(presence.isAway(1_001), true);
    assert.deepEqual(presence.joined(1_200), { silentMs: 200 });
    assert.equal(presence.backSince(), 1_200);
    assert.equal(presence.heard(1_300), undefined);
  });

  it('is an outage once it ends after 2.5 s of silence', () => {
    presence.joined(1_000);
    assert.equal(presence.isAway(3_500), false);
    assert.equal(presence.heard(3_500), undefined);
    assert.equal(presence.isAway(6_001), true);
    assert.deepEqual(presence.heard(6_001), { silentMs: 2_501 });
    assert.equal(presence.backSince(), 6_001);
    assert.equal(presence.heard(6_002), undefined);
  });

  it('says of what is heard before a join nothing, and forgives nothing', () => {
    assert.equal(presence.heard(800), undefined);
    presence.left({ responded: false });
    assert.equal(presence.heard(900), undefined);
    assert.equal(presence.isAway(901), true);
    presence.joined(1_000);
    assert.equal(presence.wasJoined(), true);
    presence.left({ responded: true });
    assert.equal(presence.isJoined(), false);
  });
});
