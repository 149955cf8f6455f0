import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { stopInSteps } from '../src/stop-steps.ts';

describe('the steps of a stop', () => {
  const collected = () => {
    const lines: Record<string, unknown>[] = [];
    const warn = (fields: object, message: string) => void lines.push({ ...fields, message });
    return { lines, log: { warn } };
  };
  const never = () => new Promise<never>(() => {});

  it('each has a limit of its own: what hangs or fails is named, and the others are done', async () => {
    const { lines, log } = collected();
    const done: string[] = [];
    const step = (name: string) => ({ name, withinMs: 60_000, run: async () => done.push(name) });
    await stopInSteps(
      [
        step('first'),
        { name: 'hangs', withinMs: 20, run: never },
        { name: 'fails', withinMs: 60_000, run: () => Promise.reject(new Error('broken')) },
        {
          name: 'throws',
          withinMs: 60_000,
          run: () => {
            throw new Error('at once');
          },
        },
        step('last'),
      ],
      log,
    );
    assert.deepEqual(done, ['first', 'last']);
    const failed = 'a step of the stop failed';
    assert.deepEqual(lines, [
      { step: 'hangs', withinMs: 20, message: 'a step of the stop did not end in time; it is left as it is' },
      { step: 'fails', err: new Error('broken'), message: failed },
      { step: 'throws', err: new Error('at once'), message: failed },
    ]);
  });

  it('are done one after the other', async () => {
    const ended: string[] = [];
    const slow = async () => {
      await delay(5);
      ended.push('slow');
    };
    await stopInSteps(
      [
        { name: 'slow', withinMs: 60_000, run: slow },
        { name: 'quick', withinMs: 60_000, run: async () => ended.push('quick') },
      ],
      undefined,
    );
    assert.deepEqual(ended, ['slow', 'quick']);
  });
});
