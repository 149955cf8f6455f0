/** A program that runs the tests: in a process group of its own, so that all of it ends with us. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withTimeout } from '@sagakit/resilience/timeout';
import { onInterruption } from '../run-tool.ts';
import { ROOT } from '../stack/state.ts';

/** Time to take down what it has brought up. */
const ENDS_WITHIN_MS = 20_000;

/**
 * Runs Node with these arguments and gives the exit code; 1 if it was ended by a signal, or did not end in
 * time.
 *
 * @param output an open file for all that it says, if not our own output
 */
export async function runNode(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  withinMs?: number,
  output?: number,
): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async () => {
    child.kill('SIGINT'); // what Playwright and Node's runner take for "stop in order"
    await withTimeout(exited, ENDS_WITHIN_MS);
    endGroup(child.pid);
  };
  const takeBack = onInterruption(end);
  const timer = withinMs === undefined ? undefined : setTimeout(() => void end(), withinMs);
  const [code] = await exited;
  clearTimeout(timer);
  takeBack();
  return code ?? 1;
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
