/** Brings a stack up in the background and takes it down, whatever state its folder is in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../set-up/folders.mjs';
import { onInterruption } from '../run-tool.ts';
import { busyWords, claimFolder, claimOrRefuse, workingIn } from './claims.ts';
import { composeControl, composeRuns, composeState, composeUp } from './compose.ts';
import { endLeftovers } from './leftovers.ts';
import { RUNNER_MARK } from './listeners.ts';
import { end } from './processes.ts';
import type { Progress, UpOptions } from './runner.ts';
import { checkSettings } from './settings.ts';
import { StackError } from './stack-error.ts';
import { readState, type StackState, stackDir, writeState } from './state.ts';

/** The state of the stack in the folder, if it runs and is up. */
export function runningStack(dir = stackDir()): StackState | undefined {
  const state = readState(dir);
  if (state?.compose) return composeRuns() ? state : undefined;
  return state && workingIn(dir)?.what === 'running' ? state : undefined;
}

/** The stack, and how the one who brought it up takes it down again. */
export type Up = {
  state: StackState;
  leave(): Promise<void>;
  /** It was taken down, or its runner was. */ ended: Promise<void>;
};

/**
 * Returns when orders are accepted. Throws a StackError in words: a stack runs already, or which component
 * failed, and why.
 */
export const up = async (options: UpOptions, say: (text: string) => void): Promise<StackState> =>
  (await bringUp(options, say)).state;

/** As `up`, for who takes it down again. */
export async function bringUp(options: UpOptions, say: (text: string) => void): Promise<Up> {
  const dir = stackDir();
  await checkSettings();
  const state = readStateIfGood(dir);
  if (state?.compose && composeRuns())
    throw new StackError('stack', busyWords(dir, { what: 'running', pid: 0 }));
  return options.compose ? upInContainers(dir, options, say) : upEmbedded(dir, options, say);
}

/** What cannot be read is a leftover, which whoever has the folder cleans up. */
function readStateIfGood(dir: string): StackState | undefined {
  try {
    return readState(dir);
  } catch {
    return undefined;
  }
}

async function upInContainers(dir: string, options: UpOptions, say: (text: string) => void): Promise<Up> {
  const claimed = await claimOrRefuse(dir, 'starting');
  try {
    if (await endLeftovers(dir)) say('a stack was left behind here; it is cleaned up');
    const state = await composeUp(options, say);
    writeState(dir, state);
    return { state, leave: async () => void (await down(say)), ended: new Promise(() => {}) };
  } finally {
    claimed.release();
  }
}

/** The log is added to: until the runner has claimed the folder, it may be another one's. */
function spawnRunner(dir: string, options: UpOptions): ChildProcess {
  try {
    makeFolder(dir);
    const log = openSync(path.join(dir, 'runner.log'), 'a');
    const runner = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'runner.ts'), JSON.stringify(options)],
      {
        stdio: ['ignore', log, log, 'ipc'],
        detached: true,
        env: { ...process.env, [RUNNER_MARK]: dir },
      },
    );
    closeSync(log);
    return runner;
  } catch (error) {
    const why = `the folder ${dir} cannot be used (${(error as Error).message})`;
    throw new StackError('stack', `${why}. Choose another: STACK_DIR=...`);
  }
}

/** Services with the longest delay of their stop that may be set, then what they stand on. */
const RUNNER_ENDS_WITHIN_MS = 130_000;

async function upEmbedded(dir: string, options: UpOptions, say: (text: string) => void): Promise<Up> {
  const runner = spawnRunner(dir, options);
  const exited = once(runner, 'exit').then(() => {});
  const leave = async () => {
    runner.kill('SIGTERM'); // it ends what it has started, and then itself
    const timer = setTimeout(() => runner.kill('SIGKILL'), RUNNER_ENDS_WITHIN_MS);
    await exited;
    clearTimeout(timer);
    const got = await claimFolder(dir, 'stopping');
    if ('holder' in got) return; // somebody else takes care of it
    await endLeftovers(dir).finally(got.claimed.release);
  };
  const takeBack = onInterruption(leave);
  await new Promise<void>((resolve, reject) => {
    runner.on('message', (progress: Progress) => {
      if ('say' in progress) say(progress.say);
      else if ('ready' in progress) resolve();
      else if ('refused' in progress) reject(new StackError('stack', progress.refused));
      else reject(new StackError('could not start', progress.failed));
    });
    const log = path.join(dir, 'runner.log');
    void exited.then(() =>
      reject(new StackError('stack', `the runner ended (${endOf(runner)}); see ${log}`)),
    );
  }).catch(async (error: Error) => {
    await exited; // It cleans up by itself; its end is the sign that it has.
    takeBack();
    throw error;
  });
  if (options.forCaller) runner.channel?.unref();
  else {
    takeBack();
    if (runner.connected) runner.disconnect();
  }
  runner.unref();
  return { state: readState(dir) as StackState, leave: () => leave().finally(takeBack), ended: exited };
}

const endOf = ({ signalCode, exitCode }: ChildProcess) => signalCode ?? `exit code ${exitCode}`;

/**
 * Leaves nothing behind: through the runner where it lives, by what it has written down where it was killed.
 * False: there was nothing. Throws a StackError if another command is at work there, or if something could
 * not be ended.
 */
export async function down(say: (text: string) => void): Promise<boolean> {
  const dir = stackDir();
  if (!existsSync(dir)) return false;
  for (let stopped = false; ;) {
    const got = await claimFolder(dir, 'stopping');
    if ('claimed' in got) {
      const found = await endLeftovers(dir).finally(got.claimed.release);
      return found || stopped;
    }
    if (got.holder.what !== 'running') throw new StackError('stack', busyWords(dir, got.holder));
    await stopRunner(dir, got.holder, say);
    stopped = true;
  }
}

async function stopRunner(
  dir: string,
  runner: { pid: number; startedAt: string },
  say: (text: string) => void,
): Promise<void> {
  try {
    const state = readStateIfGood(dir);
    if (state?.runner) await control(state, 'down');
    // What it could not write down it has in its memory.
    await end(runner, { signal: 'SIGTERM', graceMs: RUNNER_ENDS_WITHIN_MS });
  } catch (error) {
    if ((error as Error).name === 'StackError') throw error;
    say(`the runner does not answer (${(error as Error).message}); ending its processes`);
    await end(runner, { signal: 'SIGKILL', graceMs: 0 });
  }
}

/**
 * Throws a StackError in words if it is refused.
 *
 * @param from `restart`: the checkout whose code the service runs from now on
 */
export async function control(
  state: StackState,
  verb: 'kill' | 'restart' | 'rotate' | 'down',
  name = '',
  { from }: { from?: string } = {},
): Promise<string> {
  if (state.compose) {
    if (verb === 'down') throw new StackError('stack', 'containers are taken down by docker compose');
    const done = await composeControl(verb, name);
    writeState(stackDir(), await composeState(state));
    return done;
  }
  const signal = AbortSignal.timeout(verb === 'down' ? RUNNER_ENDS_WITHIN_MS : 2 * RUNNER_ENDS_WITHIN_MS);
  const query = from === undefined ? '' : `?${new URLSearchParams({ from })}`;
  const response = await fetch(`${state.runner.control}/${verb}/${name}${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${state.runner.secret}` },
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new StackError(name || 'stack', text);
  return text;
}
