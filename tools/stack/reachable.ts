/**
 * Which folders keep another user from a file: PostgreSQL refuses to run as root and runs as somebody else.
 */
import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { quoted } from './shell-words.ts';
import { StackError } from './stack-error.ts';

type Stat = { mode: number; uid: number };

/**
 * `folder` and all above it that `uid` cannot pass through, outermost first. Pure: `look` gives undefined for
 * what is not there.
 */
export function closedTo(uid: number, folder: string, look: (folder: string) => Stat | undefined): string[] {
  const closed: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const stat = look(at);
    if (stat && (stat.mode & (stat.uid === uid ? 0o100 : 0o001)) === 0) closed.unshift(at);
    if (at === path.dirname(at)) return closed;
  }
}

const look = (folder: string): Stat | undefined => (existsSync(folder) ? statSync(folder) : undefined);

/**
 * Lets `uid` come to `folder`: what lies below `root` these tools have made, and they open it; what lies
 * above is somebody else's to open. Throws a StackError with one command that is enough.
 */
export function makeReachable(uid: number, folder: string, root: string): void {
  const closed = closedTo(uid, folder, look);
  const isOurs = (at: string) => at.startsWith(root + path.sep);
  for (const at of closed.filter(isOurs)) chmodSync(at, statSync(at).mode | 0o011);
  const others = closed.filter((at) => !isOurs(at));
  if (others.length === 0) return;
  const command = `chmod o+x ${others.map(quoted).join(' ')}`;
  throw new StackError(
    'postgres',
    `runs as "nobody" when you are root, and cannot come to ${folder}. Do: ${command}`,
  );
}

/**
 * What was installed under a umask that keeps others out is opened to them for reading, with all below it.
 */
export function makeReadable(folder: string): void {
  const stat = lstatSync(folder);
  if (stat.isSymbolicLink()) return;
  const isOpen = stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o555 : 0o444;
  if ((stat.mode & isOpen) !== isOpen) chmodSync(folder, stat.mode | isOpen);
  if (stat.isDirectory()) for (const name of readdirSync(folder)) makeReadable(path.join(folder, name));
}

/** Postgres keeps paths in so many bytes, with names of its own behind them. */
const LONGEST_PATH = 900;

/**
 * Why PostgreSQL cannot be started with these paths; undefined: it can. Its initdb puts the binaries' path
 * into a shell's double quotes.
 */
export function pathProblem(binary: string, dataDir: string): string | undefined {
  const bad = /["$`\\]/.exec(binary)?.[0];
  if (bad)
    return `initdb cannot be run from a path with ${bad} in it: move the clone, which lies in ${path.dirname(binary)}`;
  const length = Buffer.byteLength(dataDir);
  if (length > LONGEST_PATH)
    return `the path of its data has ${length} bytes, and it takes ${LONGEST_PATH}: choose another folder, STACK_DIR=...`;
  return undefined;
}
