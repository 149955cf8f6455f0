/** What a command printed for its reader to paste. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../tools/stack/state.ts';

/** The line that places an order, as it stands there, pasted into a shell that knows nothing of the stack. */
export async function pastedOrder(printed: string): Promise<{ orderId: string; correlationId: string }> {
  const line = /^ *(curl .*-d .*)$/m.exec(printed)?.[1] ?? '';
  const { STACK_DIR: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: ROOT, env });
  return JSON.parse(stdout) as { orderId: string; correlationId: string };
}
