/** A process with all that it has started: what it leaves running when it is ended in the middle. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { end, startTimeOf } from '../stack/processes.ts';

/** A stack's runner takes so long to end what it has started, and then itself. */
const ENDS_WITHIN_MS = 20_000;

/** Whoever starts others stands before them. */
function descendantsOf(pid: number): number[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [pid: number, parent: number]);
  const found = [pid];
  for (const one of found)
    found.push(...all.filter(([, parent]) => parent === one).map(([started]) => started));
  return found.slice(1);
}

/**
 * Also what was put into a group of its own (`detached`), and who does not heed SIGTERM. Returns when nothing
 * of it runs any more.
 */
export async function endWithAll(child: ChildProcess, graceMs = ENDS_WITHIN_MS): Promise<void> {
  const { pid, exitCode, signalCode } = child;
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const exited = once(child, 'exit');
  const all = [pid, ...descendantsOf(pid)].map((one) => ({ pid: one, startedAt: startTimeOf(one) }));
  for (const one of all) await end(one, { signal: 'SIGTERM', graceMs });
  await exited;
}
