import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitsFor } from './words.ts';

const deadline = '2026-01-02T03:04:05.000Z';
const steps = [
  {
    name: 'reserve-inventory',
    attempts: 1,
    command: 'ReserveInventory',
    undo: { attempts: 2, command: 'ReleaseInventory' },
  },
  { name: 'process-payment', attempts: 3, command: 'ProcessPayment' },
];

describe('what a saga waits for', () => {
  it('is the service that does not answer, and which step of it', () =>
    assert.equal(
      waitsFor({ steps, waiting: { step: 'process-payment', direction: 'do', deadline } }),
      `payment: process-payment, sent 3 x, until ${deadline}`,
    ));
  it('is, during an undo, the step that is undone, not the last that was sent', () =>
    assert.equal(
      waitsFor({ steps, waiting: { step: 'reserve-inventory', direction: 'undo', deadline } }),
      `inventory: the undo of reserve-inventory, sent 2 x, until ${deadline}`,
    ));
  it('is the order once all is undone', () =>
    assert.match(
      String(waitsFor({ steps, waiting: { step: 'when-undone', direction: 'do', deadline } })),
      /^order, which is told that all is undone/,
    ));
  it('is said without the service where the release does not know the saga’s version', () =>
    assert.equal(
      waitsFor({
        steps: [{ name: 'weigh', attempts: 1 }],
        waiting: { step: 'weigh', direction: 'do', deadline },
      }),
      `weigh, sent 1 x, until ${deadline}`,
    ));
  it('is nothing once it has ended', () => assert.equal(waitsFor({ steps }), undefined));
});
