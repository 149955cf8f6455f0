import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IncompatibleReleaseError } from '../../src/aggregate/decision.ts';

describe('a decision of another release', () => {
  it('has a name of its own', () =>
    assert.equal(new IncompatibleReleaseError('x').name, 'IncompatibleReleaseError'));
});
