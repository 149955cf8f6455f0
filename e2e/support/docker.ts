/** What the stories about containers do to them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '@sagakit/testing/eventually';
import { ROOT } from '../../tools/stack/state.ts';

const run = promisify(execFile);

/** Standard output. Throws with what docker said. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}

export const compose = (...args: string[]) => docker('compose', ...args);

/** The containers of a service, first replica first. */
export async function containersOf(service: string): Promise<string[]> {
  const names = await compose('ps', '--all', '--format', '{{.Name}}', service);
  return names.split('\n').sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}

export async function inspect<T>(container: string, format: string): Promise<T> {
  return JSON.parse(await docker('inspect', '--format', `{{json ${format}}}`, container)) as T;
}

type State = { Status: string; Pid: number; ExitCode: number; Health?: { Status: string } };
export const stateOf = (container: string) => inspect<State>(container, '.State');

/**
 * SIGKILL to the container's process, as a crash would end it: restart policies act on that, and not on
 * `docker kill`. A container that sees the host's processes sends it, so that it works wherever the engine
 * runs.
 */
export async function crash(container: string): Promise<void> {
  const { Pid } = await stateOf(container);
  await docker(
    'run',
    '--rm',
    '--privileged',
    '--pid=host',
    'node:24-bookworm-slim',
    'node',
    '-e',
    `process.kill(${Pid}, 'SIGKILL')`,
  );
}

export async function untilHealthy(container: string): Promise<void> {
  await eventually(
    `${container} is healthy`,
    async () => {
      const { Status, Health } = await stateOf(container);
      return Status === 'running' && (Health?.Status ?? 'healthy') === 'healthy';
    },
    { withinMs: 90_000, everyMs: 250 },
  );
}
