/**
 * How the other commands find a stack: the one that runs in the folder, or one of their own for as long as
 * they need it.
 */
import { SERVICES } from '@order-saga/contracts/system';
import { carryTokens } from '../identity/token.ts';
import type { Urls } from '../shop/client.ts';
import { bringUp, runningStack } from './launch.ts';
import type { UpOptions } from './runner.ts';
import { composeRuns, composeState } from './compose.ts';
import { StackError } from './stack-error.ts';
import { stackDir, type StackState, urlOf, writeState } from './state.ts';

/** Calls to these services carry a token of the tools' from now on, if the stack asks for any. */
export function urlsOf(state: StackState): Urls {
  carryTokens(state, 'tools');
  const names = [...SERVICES, 'psp'];
  return Object.fromEntries(names.map((name) => [name, urlOf(state, name)])) as Urls;
}

/** As they are now: they may have been made anew since they were written down, with other secrets. */
async function containersNow(before: StackState | undefined): Promise<StackState> {
  const state = await composeState(before?.compose ? before : {});
  if (!before || before.compose) writeState(stackDir(), state);
  return state;
}

/**
 * The stack that runs here; undefined: none. Containers that were brought up by hand (`docker compose up`)
 * are one too, where no other is.
 *
 * @param compose they are the one, whatever else runs
 */
export async function stackInUse({ compose = false } = {}): Promise<StackState | undefined> {
  const running = runningStack();
  if (running && !running.compose && !compose) return running;
  return running?.compose || composeRuns() ? containersNow(running) : undefined;
}

export type Attached = {
  state: StackState;
  started: boolean;
  /** Takes down what was brought up here, and nothing else. */
  leave(): Promise<void>;
  /** What was brought up here was taken down by somebody else. */
  ended: Promise<void>;
};

const STAYS = { started: false, leave: async () => {}, ended: new Promise<void>(() => {}) };

/** One that runs is used, and not waited for: it must be at work. */
async function checked(state: StackState): Promise<StackState> {
  const order = state.components.find(({ name }) => name === 'order')?.url;
  const why = order === undefined ? 'nothing is published' : await whyNotReady(order);
  if (!why) return state;
  const how = state.compose ? 'docker compose up --wait' : 'npm run stack -- health';
  throw new StackError('stack', `one runs, but takes no orders (${why}). See: ${how}`);
}

async function whyNotReady(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    const { reason, detail } = (await response.json()) as { reason?: string; detail?: string };
    return response.ok ? undefined : (reason ?? detail ?? `status ${response.status}`);
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return cause?.message ?? message;
  }
}

/**
 * The running stack, or a new one.
 *
 * @param onStart told before anything is started; not at all where a stack runs already
 */
export async function attach(
  options: UpOptions,
  say: (text: string) => void,
  onStart = () => {},
): Promise<Attached> {
  const running = runningStack();
  if (running && options.compose && !running.compose)
    throw new StackError(
      'stack',
      'the one that runs here is not in containers. Stop it first: npm run stack -- down',
    );
  if (running && !running.compose) return { state: await checked(running), ...STAYS };
  // Those that were brought up by hand are used, and left as they were.
  if (running || (options.compose && composeRuns()))
    return { state: await checked(await containersNow(running)), ...STAYS };
  onStart();
  return { ...(await bringUp(options, say)), started: true };
}
