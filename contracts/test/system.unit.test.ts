/** What follows from the system beyond its names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXCHANGED, SERVICES, SYSTEM } from '../src/system.ts';

describe('the order in which services are exchanged for those of the next release', () => {
  it('has each of them once', () => assert.deepEqual(EXCHANGED.toSorted(), SERVICES.toSorted()));
  for (const service of SERVICES)
    it(`has ${service} after those whose new release it needs`, () => {
      const before = EXCHANGED.slice(0, EXCHANGED.indexOf(service));
      assert.deepEqual(
        SYSTEM[service].after.filter((other) => !before.includes(other)),
        [],
      );
    });
});
