import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '@sagakit/messages/envelope';
import { byType, IncompatibleReleaseError } from '../../src/aggregate/decision.ts';

describe('decisions by type', () => {
  const decide = byType<Envelope<'Filled'> | Envelope<'Emptied'>, number, string>({
    Filled: (state, { id }, now) => `${id} filled ${state} at ${now.getTime()}`,
    Emptied: () => 'emptied',
  });
  const message = (type: string) => ({ type, id: 'm-1' }) as Envelope;
  it('are asked by the type of the message, with the state, the message and the clock', () => {
    assert.equal(decide(3, message('Filled'), new Date(7)), 'm-1 filled 3 at 7');
    assert.equal(decide(3, message('Emptied'), new Date(7)), 'emptied');
  });
  it('say nothing about a type that is not theirs', () => {
    assert.equal(decide(3, message('Spilt'), new Date(7)), undefined);
  });
});

describe('a decision of another release', () => {
  it('has a name of its own', () => assert.equal(new IncompatibleReleaseError('x').name, 'IncompatibleReleaseError'));
});
