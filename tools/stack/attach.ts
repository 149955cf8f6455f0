/** How the other commands find a stack: the one that runs in the folder, or one of their own for as long as they need it. */
import type { Urls } from '@order-saga/testing/shop';
import { down, runningStack, up } from './launch.ts';
import type { UpOptions } from './runner.ts';
import { composeRuns, composeState } from './compose.ts';
import { StackError } from './stack-error.ts';
import { stackDir, type StackState, urlOf, writeState } from './state.ts';

export function urlsOf(state: StackState): Urls {
  const url = (name: string) => urlOf(state, name);
  return {
    order: url('order'),
    payment: url('payment'),
    inventory: url('inventory'),
    notification: url('notification'),
    'saga-orchestrator': url('saga-orchestrator'),
    psp: url('psp'),
  };
}

/** The running stack, or a new one; `leave` takes down what was brought up here, and nothing else. */
export async function attach(
  options: UpOptions,
  say: (text: string) => void,
): Promise<{ state: StackState; started: boolean; leave(): Promise<void> }> {
  const running = runningStack();
  if (running && options.compose && !running.compose)
    throw new StackError('stack', 'the one that runs here is not in containers. Stop it first: npm run stack -- down');
  if (running) return { state: running, started: false, leave: async () => {} };
  if (options.compose && composeRuns()) {
    // Brought up by hand: `docker compose up`. It is used, and left as it was.
    const state = await composeState();
    writeState(stackDir(), state);
    return { state, started: false, leave: async () => {} };
  }
  const state = await up(options, say);
  return { state, started: true, leave: async () => void (await down(say)) };
}
