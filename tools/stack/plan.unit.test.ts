import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSOLE } from '@order-saga/contracts/system';
import { planPorts } from './plan.ts';

describe('the documented ports', () => {
  const claimedBy = async (without?: readonly (typeof CONSOLE.name)[]) => {
    const claimed = new Map<string, number[]>();
    const claim = async (component: string, port: number) => {
      claimed.set(component, [...(claimed.get(component) ?? []), port]);
      return port;
    };
    const ports = await planPorts({ ephemeral: false, replicas: 2, without }, claim);
    return { claimed, ports };
  };

  it('are claimed for every component and replica', async () => {
    const { claimed, ports } = await claimedBy();
    assert.deepEqual(claimed.get(CONSOLE.name), [CONSOLE.port]);
    assert.deepEqual(claimed.get('order'), ports.services.order);
    assert.equal(ports.services.order.length, 2);
  });

  it('are asked for in the other order than they are used: two stacks at once meet at the first', async () => {
    const { claimed } = await claimedBy();
    const asked = [...claimed.keys()];
    assert.equal(asked[0], CONSOLE.name);
    assert.ok(asked.indexOf('order') < asked.indexOf('postgres'));
  });

  it('are left to others for what is left out', async () => {
    const { claimed, ports } = await claimedBy([CONSOLE.name]);
    assert.equal(ports.console, undefined);
    assert.ok(!claimed.has(CONSOLE.name) && claimed.has('order'));
  });
});
