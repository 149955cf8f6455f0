/** One service after the other is stopped and started with the code of another checkout. */
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { queryAt } from '@sagakit/testing/connected';
import type { SteadyLoad } from '../shop/steady-load.ts';
import { control } from '../stack/launch.ts';
import { databaseOf, type StackState, urlOf } from '../stack/state.ts';

/** All its replicas, one at a time; then a pause, in which both releases are at work. */
export async function exchange(
  stack: () => StackState,
  service: ServiceName,
  checkout: string,
  {
    what,
    pauseMs,
    load,
    say,
  }: { what: string; pauseMs: number; load: SteadyLoad; say: (text: string) => void },
): Promise<void> {
  const began = performance.now();
  const placedBefore = load.placed();
  const replicas = stack().components.filter(({ name }) => name === service);
  for (const { instance } of replicas)
    await control(stack(), 'restart', `${service}-${instance}`, { from: checkout });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  say(`${service} is ${what} (${seconds} s, ${load.placed() - placedBefore} orders meanwhile)`);
  await delay(pauseMs);
}

/** Messages that nobody could handle, and calls that were given up: there must be none. In sentences. */
export async function whatIsLeft(state: StackState): Promise<string[]> {
  const found = await Promise.all(
    SERVICES.map(async (service) => {
      const parked = await queryAt<{ topic: string; type: string | null; error: string }>(
        databaseOf(state, service),
        'select topic, type, error from dead_letters',
      );
      return parked.map(({ topic, type, error }) => `${service} has parked ${type} of ${topic}: ${error}`);
    }),
  );
  return found.flat();
}

/**
 * What the mail server took beside what was told: a service that is stopped has finished its mails, or not
 * begun them, so none comes twice. In a sentence.
 */
export async function mailedOtherwise(state: StackState, told: number): Promise<string[]> {
  const response = await fetch(`${urlOf(state, 'mail')}/mails?to=nobody`);
  const { received } = (await response.json()) as { received: number };
  return received === told ? [] : [`the mail server took ${received} mails, of which ${told} were meant`];
}
