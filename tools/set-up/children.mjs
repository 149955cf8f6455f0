// Children that do not outlive this process: each in a process group of its own, ended as a whole.
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
const windows = process.platform === 'win32';

/**
 * Runs a command to its end, in a process group of its own. Its output goes where `stdio` says; what it wrote
 * to a pipe is given back.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number, show?: boolean, onStart?:
 * (pid: number) => void }} options `show`: its output is shown as
 *   well, on standard error
 * @returns {Promise<{ code: number, output: string, signal?: NodeJS.Signals, error?: Error }>} `error`: it
 *   could not be run at all; `signal`: it was ended
 */
export function run(command, args, { cwd, env, uid, gid, show = false, onStart = () => {} }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      uid,
      gid,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !windows,
      shell: windows,
    });
    running.add(child);
    if (child.pid !== undefined) onStart(child.pid);
    let output = '';
    const take = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-20_000);
      if (show) process.stderr.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: 1, output, error });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 1, output, ...(signal ? { signal } : {}) });
    });
  });
}

/** Ends all that run, with what they have started, at once. */
export function endAll() {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(windows ? pid : -pid, 'SIGKILL');
    } catch {
      // It ended in between.
    }
  }
}
