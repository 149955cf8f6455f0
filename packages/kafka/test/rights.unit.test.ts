import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { difference, entriesOf } from '../src/admin/rights.ts';
import { namesAt } from '../src/connection.ts';

const rights = {
  writes: ['rooms.events'],
  reads: ['bookings.events'],
  groups: [{ name: 'rooms' }, { prefix: 'tail-' }],
};
const said = (prefix?: string) =>
  entriesOf('rooms', rights, namesAt({ prefix })).map((entry) => {
    const { principal, operation, resourceType, resourceName, resourcePatternType } = entry;
    return [principal, operation, resourceType, resourceName, resourcePatternType];
  });
const [READ, WRITE, TOPIC, GROUP, LITERAL, PREFIXED] = [3, 4, 2, 3, 3, 4];

describe('rights', () => {
  it('are written as what is allowed, one entry each', () =>
    assert.deepEqual(said(), [
      ['User:rooms', WRITE, TOPIC, 'rooms.events', LITERAL],
      ['User:rooms', READ, TOPIC, 'bookings.events', LITERAL],
      ['User:rooms', READ, GROUP, 'rooms', LITERAL],
      ['User:rooms', READ, GROUP, 'tail-', PREFIXED],
    ]));
  it('are those of the prefixed names on a cluster that others use', () =>
    assert.deepEqual(
      said('west.').map(([, , , name]) => name),
      ['west.rooms.events', 'west.bookings.events', 'west.rooms', 'west.tail-'],
    ));
  it('allow and never deny, from wherever one comes', () => {
    for (const { host, permissionType } of entriesOf('rooms', rights, namesAt({})))
      assert.deepEqual([host, permissionType], ['*', 3]);
  });
  it('differ by what is missing and by what is too much', () => {
    const [write, read, ...groups] = entriesOf('rooms', rights, namesAt({}));
    assert.ok(write && read);
    const elsewhere = { ...read, resourceName: 'deposits.events' };
    assert.deepEqual(difference([write, read, ...groups], [write, elsewhere, ...groups]), {
      missing: [read],
      tooMuch: [elsewhere],
    });
    assert.deepEqual(difference([write], [{ ...write }]), { missing: [], tooMuch: [] });
  });
});
