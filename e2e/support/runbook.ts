/** The commands of a page, as they stand in its ```sh blocks. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../tools/stack/state.ts';

export const commandsOf = (runbook: string): string[] => commandsIn(`docs/runbooks/${runbook}.md`);

/** @param page from the root of the project */
export function commandsIn(page: string): string[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
}

/**
 * Runs a command as it stands, with ORDER and ID filled in; gives what it printed. Throws with that if its
 * exit code is not 0.
 */
export async function run(
  command: string,
  names: { ORDER?: string | undefined; ID?: string | undefined } = {},
): Promise<string> {
  const filled = command.replace(/\b(ORDER|ID)\b/g, (name) => {
    const value = names[name as keyof typeof names];
    if (value === undefined) throw new Error(`the story has no ${name} for: ${command}`);
    return value;
  });
  const shell = spawn('bash', ['-c', filled], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  // At its exit not all that it said may be here.
  const code = await new Promise((resolve) => shell.once('close', resolve));
  if (code !== 0) throw new Error(`${filled}: exit ${String(code)}\n${said}`);
  return said;
}
