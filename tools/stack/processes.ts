import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../set-up/processes.mjs';
import { StackError } from './stack-error.ts';

export { isAlive, startTimeOf } from '../set-up/processes.mjs';

/**
 * Asks a process to end, then insists. Waits until it is gone. Throws a StackError if it is somebody else's.
 */
export async function end(
  target: { pid?: number | undefined; startedAt?: string | undefined },
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  const send = (what: NodeJS.Signals) => {
    try {
      if (isAlive(target)) process.kill(target.pid as number, what);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPERM')
        throw new StackError(
          'stack',
          `process ${target.pid} belongs to another user; only they or root can end it`,
        );
      // Else it ended in between.
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
