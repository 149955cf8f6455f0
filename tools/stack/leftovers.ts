/**
 * What a stack left behind whose runner was killed: found by its state file and by a mark in each process's
 * environment, and ended.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { composeDown } from './compose.ts';
import { MARK } from './listeners.ts';
import { end, isAlive, startTimeOf } from './processes.ts';
import { StackError } from './stack-error.ts';
import { type Component, readState, removeState, stateIsThere } from './state.ts';

type Process = { pid?: number; startedAt?: string; name: string };

export const marked = (dir: string): NodeJS.ProcessEnv => ({ [MARK]: dir });

/** Living processes that carry the folder's mark. Where the system does not show environments: none. */
export function markedProcesses(dir: string): Process[] {
  const sought = Buffer.from(`${MARK}=${dir}\0`);
  let pids: string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return pids.flatMap((name) => {
    try {
      if (!readFileSync(`/proc/${name}/environ`).includes(sought)) return [];
      const pid = Number(name);
      const startedAt = startTimeOf(pid);
      return startedAt === undefined ? [] : [{ pid, startedAt, name: `process ${name}` }];
    } catch {
      return []; // gone, or somebody else's
    }
  });
}

/** A state file that cannot be read names nobody; the marks do. */
function recorded(dir: string): { components: Component[]; compose: boolean; ephemeral: boolean } {
  try {
    const state = readState(dir);
    return {
      components: state?.components ?? [],
      compose: state?.compose === true,
      ephemeral: state?.ephemeral ?? false,
    };
  } catch {
    return { components: [], compose: false, ephemeral: false };
  }
}

/**
 * Services first, then what they stand on. The caller has claimed the folder, so nothing is added meanwhile.
 * Gives whether there was anything. Throws a StackError that names what could not be ended.
 */
export async function endLeftovers(dir: string): Promise<boolean> {
  const { components, compose, ephemeral } = recorded(dir);
  const wasThere = stateIsThere(dir);
  if (compose) await composeDown({ volumes: ephemeral });
  else {
    const infrastructure = ['postgres', 'kafka'];
    const stop = (some: Process[]) =>
      Promise.all(
        some.map((one) =>
          end(one, { signal: one.name === 'postgres' ? 'SIGINT' : 'SIGTERM', graceMs: 10_000 }),
        ),
      );
    await stop(components.filter(({ name }) => !infrastructure.includes(name)));
    await stop(components);
  }
  const nameless = compose ? [] : markedProcesses(dir);
  await Promise.all(nameless.map((one) => end(one, { signal: 'SIGTERM', graceMs: 5_000 })));
  const left = [...(compose ? [] : components), ...markedProcesses(dir)].filter(isAlive);
  if (left.length > 0) {
    const names = left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
    throw new StackError('stack', `could not end ${names}`);
  }
  rmSync(path.join(dir, 'data-ephemeral'), { recursive: true, force: true });
  removeState(dir);
  return wasThere || nameless.length > 0;
}
