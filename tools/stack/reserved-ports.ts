/**
 * Ports that a process of this machine has chosen. Between its choice and the moment at which its component
 * listens, and again while that is started anew, nobody does: another stack would find the port free. A
 * reservation is an empty file whose name says whose it is; it ends with its process.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isAlive, startTimeOf } from './processes.ts';

const NAME = /^(\d+)\.(\d+)\.([\w-]+)$/;

const folder = () => path.join(os.tmpdir(), `order-saga-ports-${os.userInfo().username}`);
const encode = (text: string) => Buffer.from(text).toString('base64url');

type Reservation = { name: string; port: number; isLive: boolean };

function reservations(): Reservation[] {
  return readdirSync(folder()).flatMap((name) => {
    const [, port, pid, startedAt = ''] = NAME.exec(name) ?? [];
    if (port === undefined) return [];
    const owner = { pid: Number(pid), startedAt: Buffer.from(startedAt, 'base64url').toString() };
    return [{ name, port: Number(port), isLive: isAlive(owner) }];
  });
}

const remove = (name: string) => rmSync(path.join(folder(), name), { force: true });

/** The names of this process' own, once it has chosen a port. */
let own: Set<string> | undefined;

/** For the first one: what dead processes left goes, and what this one has ends with it. */
function begin(): Set<string> {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  for (const { name, isLive } of reservations()) if (!isLive) remove(name);
  const mine = new Set<string>();
  process.once('exit', () => mine.forEach(remove));
  return mine;
}

/**
 * False: another process has it. Of two that choose one port at the same time each may see the other, and
 * both choose again. Where nothing can be written nobody is told, and true is all that there is to say.
 */
export function reserve(port: number): boolean {
  try {
    own ??= begin();
    const mine = `${port}.${process.pid}.${encode(startTimeOf(process.pid) ?? '')}`;
    writeFileSync(path.join(folder(), mine), '');
    own.add(mine);
    const isFree = !reservations().some((one) => one.port === port && one.name !== mine && one.isLive);
    if (!isFree) {
      remove(mine);
      own.delete(mine);
    }
    return isFree;
  } catch {
    return true;
  }
}
