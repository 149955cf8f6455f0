/**
 * One process of the stack: started, watched, started again when it ends by itself, left alone when it was
 * told to end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { diskIsFull, saysDiskIsFull, saysPortIsTaken } from './failure.ts';
import { holderOf, lookingIsCheap, standingOf } from './listeners.ts';
import { letGo, refuses, takenWords } from './ports.ts';
import { end, startTimeOf } from './processes.ts';
import { StackError, wordsOf } from './stack-error.ts';

export type ProcessSpec = {
  name: string;
  instance: number;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Runs as this user (Postgres refuses root). */
  uid?: number;
  gid?: number;
  log: string;
  /** What ends it in order: SIGTERM, but SIGINT for Postgres, where SIGTERM would wait for its clients. */
  stopSignal: NodeJS.Signals;
  /** All that it listens on: until it does, whoever answers there is a stranger. */
  ports: readonly number[];
  /** Undefined once it can do its work, else what was tried and what it answered. Asked every 100 ms. */
  notReady: () => Promise<string | undefined>;
  readyWithinMs: number;
};

const STABLE_AFTER_MS = 10_000;
const RESTART_MAX_MS = 5_000;
const LOG_LINES_SHOWN = 12;

export type Supervised = ReturnType<typeof supervise>;

export function supervise(spec: ProcessSpec, onChange: () => void) {
  let child: ChildProcess | undefined;
  let startedAt: string | undefined;
  /** False while it was told to be down. */
  let wanted = false;
  let quickEnds = 0;
  let pendingRestart: NodeJS.Timeout | undefined;

  const note = (text: string) => appendNote(spec.log, text);

  function launch(): void {
    const began = Date.now();
    const own = spawned(spec);
    child = own;
    startedAt = own.pid === undefined ? undefined : startTimeOf(own.pid);
    const ended = (how: string) => {
      if (child !== own) return;
      child = undefined;
      startedAt = undefined;
      onChange();
      if (!wanted) return;
      quickEnds = Date.now() - began > STABLE_AFTER_MS ? 0 : quickEnds + 1;
      const waitMs = Math.min(RESTART_MAX_MS, quickEnds === 0 ? 100 : 100 * 2 ** quickEnds);
      note(`${how}; started again in ${waitMs} ms`);
      pendingRestart = setTimeout(() => wanted && launch(), waitMs);
    };
    own.once('error', (error) => own.pid === undefined && ended(`cannot be started (${error.message})`));
    own.once('exit', (code, signal) => ended(`ended by itself (${signal ?? `exit code ${code}`})`));
    if (own.pid !== undefined) note(`started, pid ${own.pid}`);
    onChange();
  }

  async function stop(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    wanted = false;
    clearTimeout(pendingRestart);
    const exited = child && once(child, 'exit');
    await end({ pid: child?.pid, startedAt }, { signal, graceMs });
    await exited; // whoever asked finds the state file as it is now
  }

  return {
    spec,
    pid: () => child?.pid,
    startedAt: () => startedAt,
    /**
     * Starts it and returns when it is ready, and listens on its ports itself; throws a StackError with the
     * log's last lines if it does not get there, or that says who has a port.
     */
    async start(): Promise<void> {
      if (!child) {
        quickEnds = 0;
        wanted = true;
        await letGo(spec.ports);
        if (wanted) launch();
      }
      await untilReady(spec, { wanted: () => wanted, quickEnds: () => quickEnds, pid: () => child?.pid });
    },
    /** A service needs that at most (packages/service-kit/src/service.ts). */
    stop: () => stop(spec.stopSignal, 20_000 + Number(spec.env['SHUTDOWN_DELAY_MS'] ?? 0)),
    /** SIGKILL, and it stays down until started. */
    kill: () => stop('SIGKILL', 0),
    note,
  };
}

type Started = { wanted: () => boolean; quickEnds: () => number; pid: () => number | undefined };

/** Looks in a row that find a stranger: one may be another stack that looks whether the port is free. */
const STRANGER_AFTER_LOOKS = 3;

async function untilReady(spec: ProcessSpec, started: Started): Promise<void> {
  const { wanted, quickEnds } = started;
  const until = Date.now() + spec.readyWithinMs;
  const fail = (why: string): never => {
    throw new StackError(`${spec.name} ${spec.instance}`, why);
  };
  for (let looks = 0; ; await delay(100)) {
    const taken = await strangersPort(spec, started);
    const last =
      taken === undefined
        ? await spec.notReady().catch((error: Error) => wordsOf(error))
        : `somebody else listens on port ${taken}`;
    if (last === undefined && (await listensItself(spec, started))) return;
    if (!wanted()) fail('was told to stop before it was ready');
    looks = taken === undefined ? 0 : looks + 1;
    if (taken !== undefined && looks >= STRANGER_AFTER_LOOKS)
      throw new StackError(spec.name, takenWords(taken, holderOf(taken), ' since it was found free'));
    if (Date.now() > until || quickEnds() >= 5) {
      const why =
        quickEnds() >= 5 ? 'ends again and again' : `was not ready within ${spec.readyWithinMs / 1000} s`;
      fail(withLog(`${why}; last, ${last ?? 'somebody answered, and not this process'}`, spec.log));
    }
  }
}

/** A probe is answered by whoever listens there: also by another stack. */
async function listensItself({ ports }: ProcessSpec, { pid }: Started): Promise<boolean> {
  const group = pid();
  if (group === undefined) return false;
  const all = await Promise.all(ports.map((port) => standingOf(port, group)));
  return all.every((standing) => standing === 'own' || standing === 'unseen');
}

/** The first of its ports on which somebody else listens, as far as that can be known. */
async function strangersPort(
  { ports, log }: ProcessSpec,
  { pid, quickEnds }: Started,
): Promise<number | undefined> {
  if (lookingIsCheap || quickEnds() > 0)
    for (const port of ports) if ((await standingOf(port, pid())) === 'stranger') return port;
  if (quickEnds() < 2 || !saysPortIsTaken(lastLines(log))) return undefined;
  // Who has it cannot be seen; that it could not be had has been said.
  for (const port of ports) if ((await refuses(port)) === undefined) return port;
  return undefined;
}

function spawned({ command, args, log: file, uid, gid, cwd, env }: ProcessSpec): ChildProcess {
  const log = openLog(file);
  const child = spawn(command, args, {
    env,
    stdio: ['ignore', log, log],
    detached: true, // a Ctrl-C in the terminal is for the command that was typed, not for the stack
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  if (log !== 'ignore') closeSync(log);
  return child;
}

/** With the end of the process' log; a full disk is the only reason that counts. */
function withLog(why: string, log: string): string {
  const end = lastLines(log);
  return saysDiskIsFull(end) ? diskIsFull(log) : `${why}. The end of ${log}:\n${end}`;
}

/** What cannot be written down is done all the same: the disk may be full. */
function appendNote(log: string, text: string): void {
  try {
    appendFileSync(log, `[stack] ${new Date().toISOString()} ${text}\n`);
  } catch {
    // It is missing in the log.
  }
}

/** Where it cannot be opened, what the process says is lost, and the process is not. */
function openLog(file: string): number | 'ignore' {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return openSync(file, 'a');
  } catch {
    return 'ignore';
  }
}

function lastLines(file: string, count = LOG_LINES_SHOWN): string {
  try {
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-count)
      .map((line) => `  ${line.slice(0, 400)}`)
      .join('\n');
  } catch {
    return '  (no log)';
  }
}
