import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** When a process was started, in the system's own words: with the pid it names one process for ever. Undefined: it is gone. */
export function startTimeOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(process: { pid?: number | undefined; startedAt?: string | undefined }): boolean {
  return process.pid !== undefined && process.startedAt !== undefined && startTimeOf(process.pid) === process.startedAt;
}

/** Asks a process to end, then insists. Waits until it is gone. */
export async function end(
  target: { pid?: number | undefined; startedAt?: string | undefined },
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  const send = (what: NodeJS.Signals) => {
    try {
      if (isAlive(target)) process.kill(target.pid as number, what);
    } catch {
      // It ended in between.
    }
  };
  send(signal);
  const until = Date.now() + graceMs;
  while (isAlive(target) && Date.now() < until) await delay(20);
  while (isAlive(target)) {
    send('SIGKILL');
    await delay(50);
  }
}
