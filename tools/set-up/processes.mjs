// Which process is which. Plain JavaScript: run.mjs needs it before the project's own Node is there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * When a process was started, in the system's own words: with the pid it names one process for ever.
 * Undefined: it is gone.
 *
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startTimeOf(pid) {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    const env = { ...process.env, LC_ALL: 'C' }; // the words of a date are the locale's
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

/**
 * @param {{ pid?: number | undefined, startedAt?: string | undefined }} process
 * @returns {boolean}
 */
export function isAlive({ pid, startedAt }) {
  return pid !== undefined && startedAt !== undefined && startTimeOf(pid) === startedAt;
}
