/** Brings a stack up in the background and takes it down, whatever state its folder is in. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { composeControl, composeDown, composeRuns, composeState, composeUp } from './compose.ts';
import { end, isAlive } from './processes.ts';
import type { Progress, UpOptions } from './runner.ts';
import { StackError } from './stack-error.ts';
import { readState, removeState, type StackState, stackDir, writeState } from './state.ts';

/** The state of the stack in the folder, if it runs. */
export function runningStack(dir = stackDir()): StackState | undefined {
  const state = readState(dir);
  if (state?.compose) return composeRuns() ? state : undefined;
  return state && isAlive(state.runner) ? state : undefined;
}

/** Returns when orders are accepted. Throws a StackError in words: a stack runs already, or which component failed, and why. */
export async function up(options: UpOptions, say: (text: string) => void): Promise<StackState> {
  const dir = stackDir();
  if (runningStack(dir)) throw new StackError('stack', `one runs in ${dir} already. See: npm run stack -- status`);
  if (readState(dir)) {
    say('a stack was left behind here; cleaning up');
    await down(say);
  }
  try {
    mkdirSync(path.join(dir, 'logs'), { recursive: true });
  } catch (error) {
    throw new StackError(
      'stack',
      `the folder ${dir} cannot be used (${(error as Error).message}). Choose another: STACK_DIR=...`,
    );
  }
  if (options.compose) {
    const state = await composeUp(options, say);
    writeState(dir, state);
    return state;
  }
  const log = openSync(path.join(dir, 'runner.log'), 'w');
  const runner = spawn(process.execPath, [path.join(import.meta.dirname, 'runner.ts'), JSON.stringify(options)], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    env: process.env,
  });
  await new Promise<void>((resolve, reject) => {
    runner.on('message', (progress: Progress) => {
      if ('say' in progress) say(progress.say);
      else if ('ready' in progress) resolve();
      else reject(new Error(progress.failed));
    });
    runner.once('exit', (code) =>
      reject(new StackError('stack', `the runner ended (exit code ${code}); see ${path.join(dir, 'runner.log')}`)),
    );
  }).catch(async (error: Error) => {
    // It cleans up by itself; its end is the sign that it has.
    while (runner.exitCode === null && runner.signalCode === null) await delay(50);
    throw new StackError('could not start', error.message);
  });
  if (options.forCaller) runner.channel?.unref();
  else if (runner.connected) runner.disconnect();
  runner.unref();
  return readState(dir) as StackState;
}

/** Always leaves nothing behind: through the runner where it lives, by the recorded pids where it was killed. */
export async function down(say: (text: string) => void): Promise<boolean> {
  const dir = stackDir();
  const state = readState(dir);
  if (!state) return false;
  if (state.compose) {
    await composeDown({ volumes: state.ephemeral });
    removeState(dir);
    return true;
  }
  if (isAlive(state.runner)) {
    await control(state, 'down').catch((error) => say(`the runner does not answer (${error.message}); ending its processes`));
    const until = Date.now() + 5_000;
    while (isAlive(state.runner) && Date.now() < until) await delay(50);
    await end(state.runner, { signal: 'SIGKILL', graceMs: 0 });
  }
  const infrastructure = ['postgres', 'kafka'];
  const services = state.components.filter(({ name }) => !infrastructure.includes(name));
  await Promise.all(services.map((component) => end(component, { signal: 'SIGTERM', graceMs: 10_000 })));
  await Promise.all(
    state.components.map((component) =>
      end(component, { signal: component.name === 'postgres' ? 'SIGINT' : 'SIGTERM', graceMs: 10_000 }),
    ),
  );
  if (state.ephemeral) rmSync(path.join(dir, 'data-ephemeral'), { recursive: true, force: true });
  removeState(dir);
  return true;
}

/** Throws in words if it could not be done. */
export async function control(state: StackState, verb: 'kill' | 'restart' | 'down', name = ''): Promise<string> {
  if (state.compose) {
    if (verb === 'down') throw new StackError('stack', 'containers are taken down by docker compose');
    const done = await composeControl(verb, name);
    writeState(stackDir(), await composeState(state));
    return done;
  }
  const response = await fetch(`${state.runner.control}/${verb}/${name}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new StackError(name || 'stack', text);
  return text;
}
