/** The ends of the logs of a stack on which something failed: a throw-away one is gone soon. */
import {
  closeSync,
  cpSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ROOT } from '../stack/state.ts';

/** By that a report of Playwright's names where they lie. */
export const LOGS_KEPT = 'logs of its stack';

/** Below a folder that no run empties, and git does not know. */
const KEPT = path.join(ROOT, '.cache', 'failed');
const BYTES_OF_A_LOG = 256 * 1024;
/** Folders; the oldest go. */
const KEEP = 20;

function endOf(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const end = Buffer.alloc(Math.min(size, BYTES_OF_A_LOG));
    const read = readSync(descriptor, end, 0, end.length, size - end.length);
    return end.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}

const nameOf = (what: string) =>
  what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60);

function forgetOldest(kept: string): void {
  const folders = readdirSync(kept).map((name) => path.join(kept, name));
  const newestFirst = folders.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of newestFirst.slice(KEEP)) rmSync(folder, { recursive: true, force: true });
}

/**
 * Where they lie from now on; undefined: there are none (containers keep their own).
 *
 * @param dir the stack's folder
 * @param what failed, in words
 */
export function keepLogs(dir: string, what: string, kept = KEPT): string | undefined {
  const logs = path.join(dir, 'logs');
  if (!existsSync(logs)) return undefined;
  const now = new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  const folder = path.join(kept, `${now}-${nameOf(what)}`);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(logs)) writeFileSync(path.join(folder, name), endOf(path.join(logs, name)));
  const runner = path.join(dir, 'runner.log');
  if (existsSync(runner)) cpSync(runner, path.join(folder, 'runner.log'));
  forgetOldest(kept);
  return folder;
}
