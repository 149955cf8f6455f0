/** For tests that bring up one component by themselves, without a runner that would see them end. */
import { spawn } from 'node:child_process';
import { type ProcessSpec, supervise, type Supervised } from './supervised.ts';

/** Ends what it was told of last once nobody is at the other end of its channel any more. */
const GUARD = `
  let pid;
  process.on('message', (now) => (pid = now.pid));
  process.on('disconnect', () => {
    try {
      if (pid) process.kill(-pid, 'SIGKILL');
    } catch {}
    process.exit();
  });`;

/** For the time of this process, and no longer: also when that is killed. */
export function superviseHere(spec: ProcessSpec): Supervised {
  // The system closes our end of the channel, however we end.
  const guard = spawn(process.execPath, ['--eval', GUARD], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  guard.unref();
  guard.channel?.unref();
  const own: Supervised = supervise(spec, () => {
    if (guard.connected) guard.send({ pid: own.pid() });
  });
  return own;
}
