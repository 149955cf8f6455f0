/**
 * How every command runs and ends: in order, in words, and also when it is interrupted, at whatever moment.
 */
import { errorWords } from './stack/error-words.ts';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

const toEnd = new Set<() => Promise<unknown>>();
const ending: Promise<unknown>[] = [];
let interrupted = false;
let regularEnd: (() => void) | undefined;

/** What fails to end must not keep the rest from being ended. */
const beginToEnd = (end: () => Promise<unknown>) => void ending.push(end().catch(() => {}));

/** Leads out of all loops of a command: nothing more is begun, and nothing is made of what was ended. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * What has to be ended if the command is interrupted from here on; at once, if it already is: then this
 * throws. The function that is returned takes that back. It throws if the command was interrupted meanwhile:
 * what came of something that was ended in the middle says nothing.
 */
export function onInterruption(end: () => Promise<unknown>): () => void {
  if (interrupted) {
    beginToEnd(end);
    throw new Interrupted();
  }
  toEnd.add(end);
  return () => {
    toEnd.delete(end);
    if (interrupted) throw new Interrupted();
  };
}

/**
 * Resolves when the command is interrupted. That is its regular end from here on: `main` goes on and says how
 * it was. Until then the process stays: a signal that may come is nothing that Node waits for.
 */
export async function interruption(): Promise<void> {
  const stays = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => (regularEnd = resolve));
  clearInterval(stays);
}

async function interrupt(signal: keyof typeof SIGNALS): Promise<void> {
  if (regularEnd) return regularEnd();
  if (interrupted) return;
  interrupted = true;
  toEnd.forEach(beginToEnd);
  // It grows while they end, by what was just being begun.
  for (const one of ending) await one;
  process.exit(128 + SIGNALS[signal]);
}

/** Ctrl-C, a closed terminal, a reader of our output that went away, the end of run.mjs: all say the same. */
function listen(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void interrupt(signal));
  process.on('disconnect', () => void interrupt('SIGHUP'));
  process.channel?.unref();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void interrupt('SIGPIPE'));
}

/**
 * Runs a command's `main` and ends the process: 0, or 1 if it gives false. What it was refused (a wrong
 * argument, no stack), or others have said, is one line; a bug shows its stack. Interrupted, it first ends
 * what it has started.
 */
export function runTool(main: () => Promise<boolean | void>): void {
  listen();
  main().then(
    (good) => interrupted || process.exit(good === false ? 1 : 0),
    (error: Error) => {
      if (interrupted) return;
      if (error.name === 'Help') {
        console.log(error.message);
        process.exit(0);
      }
      console.error(errorWords(error));
      process.exit(1);
    },
  );
}
