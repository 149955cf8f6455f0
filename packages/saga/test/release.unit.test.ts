/** Which definition moves which saga, from release to release. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IncompatibleReleaseError } from '@sagakit/messaging/aggregate/decision';
import { event, type EventDefinition } from '@sagakit/messages/define';
import { z } from 'zod';
import { defineSaga } from '../src/define.ts';
import { definitionsOf, type Release } from '../src/release.ts';
import { nothing } from '../src/state.ts';

const Data = z.object({ table: z.string() });
const byTable = ({ table }: { table: string }) => table;
const Seated = event('Seated', 'waiter.events', Data, byTable);
const Left = event('Left', 'waiter.events', Data, byTable);
const Paid = event('Paid', 'waiter.events', Data, byTable);

type About = EventDefinition<string, { table: string }>;
const saga = (name: string, version: number, startsOn: About, cancelledBy?: About) =>
  defineSaga({
    name,
    version,
    startsOn,
    ...(cancelledBy && { cancelledBy }),
    begin: ({ table }) => ({ table }),
    whenUndone: nothing('nobody asks'),
  });
const dinner = saga('dinner', 1, Seated, Left);
const longerDinner = saga('dinner', 2, Seated, Left);
const clearing = saga('clearing', 1, Left);

const subject = { field: 'table', column: 'table_id', type: 'text', id: z.string(), one: 'a table' };
const release = (started: Release['started'], alsoRunning: Release['alsoRunning'] = []) =>
  definitionsOf({ subject, started, alsoRunning });

describe('a release', () => {
  it('starts each saga by its message, and those of another version no more', () => {
    const definitions = release([longerDinner, clearing], [dinner]);
    assert.equal(definitions.startedBy('Seated'), longerDinner);
    assert.equal(definitions.startedBy('Left'), clearing);
    assert.equal(definitions.startedBy('Paid'), undefined);
    assert.equal(release([clearing], [dinner]).startedBy('Seated'), undefined);
  });
  it('goes on with every version that it has, started or not', () => {
    const definitions = release([longerDinner, clearing], [dinner]);
    assert.equal(definitions.of({ name: 'dinner', version: 2, status: 'running' }), longerDinner);
    assert.equal(definitions.of({ name: 'dinner', version: 1, status: 'running' }), dinner);
    assert.deepEqual(definitions.all, [longerDinner, clearing, dinner]);
    assert.equal(definitions.subject, subject);
  });
  it('leaves a version that it does not have to another release, and says which', () => {
    const definitions = release([dinner, clearing]);
    for (const [name, version] of [
      ['dinner', 3],
      ['clearing', 2],
    ] as const)
      assert.throws(
        () => definitions.of({ name, version, status: 'compensating' }),
        (error) => {
          assert.ok(error instanceof IncompatibleReleaseError);
          assert.equal(error.message, `this release does not have version ${version} of ${name}`);
          return true;
        },
      );
  });
  it('judges what comes late to a saga that has ended by another version, or another saga', () => {
    const definitions = release([longerDinner, clearing]);
    for (const status of ['completed', 'compensated'] as const) {
      assert.equal(definitions.of({ name: 'dinner', version: 1, status }), longerDinner);
      assert.equal(definitions.of({ name: 'clearing', version: 7, status }), clearing);
      assert.equal(definitions.of({ name: 'breakfast', version: 1, status }), longerDinner);
    }
  });
  it('knows what cancels one of its sagas, also one that it starts no more', () => {
    const isCancellation = (type: string) => release([clearing], [dinner]).isCancellation(type);
    assert.deepEqual(['Left', 'Paid', 'Seated', 'Nonsense'].map(isCancellation), [true, false, false, false]);
    assert.equal(release([clearing]).isCancellation('Left'), false);
  });
  it('is refused with one version twice, or two sagas that one message starts', () => {
    assert.throws(() => release([dinner], [dinner]), /^Error: version 1 of dinner is defined twice$/);
    assert.throws(
      () => release([dinner, longerDinner, clearing]),
      /^Error: Seated starts both dinner and dinner$/,
    );
    assert.throws(
      () => release([dinner, saga('lunch', 1, Seated)]),
      /^Error: Seated starts both dinner and lunch$/,
    );
  });
  it('is refused with a version that nothing cancels beside one that can be cancelled, whichever is started', () => {
    const uncancelled = saga('dinner', 3, Seated);
    const reason =
      /^Error: version 3 of dinner is not cancelled by Left, as another of this release is: say `cancelledBy`/;
    assert.throws(() => release([uncancelled, clearing], [dinner]), reason);
    assert.throws(() => release([dinner, clearing], [uncancelled]), reason);
    assert.equal(release([uncancelled]).isCancellation('Left'), false);
  });
  it('is refused with versions that different messages cancel', () => {
    const paid = saga('dinner', 3, Seated, Paid);
    const thanks = saga('thanks', 1, Paid);
    assert.throws(() => release([paid, clearing, thanks], [dinner]), /is not cancelled by/);
  });
  it('is refused with a cancellation that starts nothing', () => {
    const reason = /^Error: Left cancels a saga, but none of `started` starts on it/;
    assert.throws(() => release([dinner]), reason);
    assert.throws(() => release([dinner], [clearing]), reason);
  });
});
