/**
 * Who works in a stack's folder: `starting`, `running` (its runner) or `stopping`; one at a time
 * (tools/set-up/claim.mjs).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Claimed, claim, holderOf } from '../set-up/claim.mjs';
import { StackError } from './stack-error.ts';

export type Phase = 'starting' | 'running' | 'stopping';

/** What one is told who comes second. */
export function busyWords(dir: string, { what, pid }: { what: string; pid: number }): string {
  if (what === 'running') return `one runs in ${dir} already. See: npm run stack -- status`;
  if (what === 'starting')
    return `one is being started in ${dir} (pid ${pid}): wait until it is up, or end that command`;
  return `the one in ${dir} is being stopped (pid ${pid}): try again when it is done`;
}

/** Throws a StackError in one line if the folder cannot be used. */
const inWords =
  (dir: string) =>
  (error: Error): never => {
    throw new StackError(
      'stack',
      `the folder ${dir} cannot be used (${error.message}). Choose another: STACK_DIR=...`,
    );
  };

/**
 * The folder is the caller's until it ends or releases it; else who has it. Throws a StackError if the folder
 * cannot be used.
 */
export const claimFolder = (dir: string, phase: Phase): ReturnType<typeof claim> =>
  claim(dir, phase).catch(inWords(dir));

const LOOKS_AGAIN_AFTER_MS = 200;

/**
 * To start there: as claimFolder, but what is being stopped there is waited for. Whoever has just ended a
 * command, or killed it, and types it again, cannot know that its stack is still on its way out.
 */
export async function claimToStart(dir: string, say: (text: string) => void): ReturnType<typeof claim> {
  for (let told = false; ; await delay(LOOKS_AGAIN_AFTER_MS)) {
    const got = await claimFolder(dir, 'starting');
    if ('claimed' in got || got.holder.what !== 'stopping') return got;
    if (!told) say(`the one before is still being stopped (pid ${got.holder.pid}); waiting for it`);
    told = true;
  }
}

/** Throws a StackError in one line if somebody else is at work there. */
export async function claimOrRefuse(dir: string, phase: Phase): Promise<Claimed> {
  const got = await claimFolder(dir, phase);
  if ('holder' in got) throw new StackError('stack', busyWords(dir, got.holder));
  return got.claimed;
}

/** Who works there now. Throws a StackError if the folder cannot be read. */
export function workingIn(dir: string): ReturnType<typeof holderOf> {
  try {
    return holderOf(dir);
  } catch (error) {
    return inWords(dir)(error as Error);
  }
}
