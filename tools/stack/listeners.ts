/**
 * Who listens on a port of the loopback, as far as the system lets it be seen: by /proc on Linux, by lsof
 * elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** `unseen`: the system does not show it. */
type Standing = 'own' | 'stranger' | 'nobody' | 'unseen';

const hasProc = existsSync('/proc/net/tcp');
/** Elsewhere each look costs a process. */
export const lookingIsCheap = hasProc;

const LISTENS = '0A';
/** Addresses at which 127.0.0.1 is answered, as the kernel writes them: its own, any, and both in IPv6. */
const ANSWERS = /^(0100007F|00000000|0{32}|0{16}FFFF00000100007F)$/;

/** The inodes of the sockets that listen there, by /proc/net/tcp and tcp6. Pure. */
export function listeningSockets(table: string, port: number): string[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', hex = ''] = local.split(':');
    return state === LISTENS && Number.parseInt(hex, 16) === port && ANSWERS.test(address) ? [inode] : [];
  });
}

const tableOf = (file: string): string => {
  try {
    return readFileSync(`/proc/net/${file}`, 'utf8');
  } catch {
    return ''; // no IPv6
  }
};
const socketsOn = (port: number) =>
  ['tcp', 'tcp6']
    .flatMap((file) => listeningSockets(tableOf(file), port))
    .map((inode) => `socket:[${inode}]`);

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Undefined: it is somebody's whom we may not look at. */
function holds(pid: string | number, sockets: readonly string[]): boolean | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.includes(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false; // closed in between
      }
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : undefined;
  }
}

function groupOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return 0;
  }
}

function byProc(port: number, group: number | undefined): Standing {
  const sockets = socketsOn(port);
  if (sockets.length === 0) return 'nobody';
  if (group === undefined) return 'stranger';
  // Nearly always the leader itself; the rest of its group where that is a script around it.
  if (holds(group, sockets)) return 'own';
  const seen = pids()
    .filter((pid) => groupOf(pid) === group)
    .map((pid) => holds(pid, sockets));
  if (seen.includes(true)) return 'own';
  return seen.includes(undefined) ? 'unseen' : 'stranger';
}

/** The process groups in what `lsof -Fpg` says. Pure. */
export const groupsIn = (said: string): number[] =>
  said.split('\n').flatMap((line) => (line.startsWith('g') ? [Number(line.slice(1))] : []));

function byLsof(port: number, group: number | undefined): Standing {
  try {
    const said = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpg'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    });
    return group !== undefined && groupsIn(said).includes(group) ? 'own' : 'stranger';
  } catch {
    return 'unseen'; // there is no lsof, or it shows nobody: somebody else's it does not show
  }
}

/** A system that does not show us our own listener shows us nothing (sandboxes with a /proc of their own). */
let trusted: Promise<boolean> | undefined;
async function showsUs(): Promise<boolean> {
  if (!hasProc) return true;
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const sees = holds(process.pid, socketsOn(port)) === true;
  server.close();
  return sees;
}

/**
 * Whether who listens there belongs to a process group.
 *
 * @param group undefined: to none that lives
 */
export async function standingOf(port: number, group: number | undefined): Promise<Standing> {
  if (!(await (trusted ??= showsUs()))) return 'unseen';
  return hasProc ? byProc(port, group) : byLsof(port, group);
}

export type Holder = {
  pid: number;
  /** Of its program. */
  name: string;
  /** Of the stack that it belongs to. */
  stack?: string;
};

/** In the environment of a stack's processes: whose they are, also while no state file could be written. */
export const MARK = 'ORDER_SAGA_STACK';
/** In that of its runner. */
export const RUNNER_MARK = 'ORDER_SAGA_RUNNER_OF';

/** Undefined: nobody, or nobody whom we may look at. */
export function holderOf(port: number): Holder | undefined {
  if (!hasProc) return undefined;
  const sockets = socketsOn(port);
  const pid = sockets.length > 0 ? pids().find((one) => holds(one, sockets)) : undefined;
  if (pid === undefined) return undefined;
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const value = (variable: string) =>
      environment.find((entry) => entry.startsWith(`${variable}=`))?.slice(variable.length + 1);
    const stack = value(MARK) ?? value(RUNNER_MARK);
    return { pid: Number(pid), name: path.basename(program), ...(stack === undefined ? {} : { stack }) };
  } catch {
    return undefined; // it has ended
  }
}
