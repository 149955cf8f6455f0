/** What is said of the error that has ended a command, or a start. */
import path from 'node:path';
import { diskIsFull, saysDiskIsFull } from './failure.ts';
import { wordsOf } from './stack-error.ts';
import { ROOT } from './state.ts';

type Known = Error & { code?: unknown; severity?: unknown };

/** Programs do not say these of themselves on purpose: something in the code is wrong. */
const BUGS = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError', 'AssertionError', 'ZodError'];

/** The system, a server or the network has said it: where in our code it was heard tells nobody anything. */
function isFromOutside(error: Known): boolean {
  const { name, code, severity, cause } = error;
  if (typeof code === 'string' && (/^E[A-Z0-9]+$/.test(code) || severity !== undefined)) return true;
  if (name.startsWith('KafkaJS') || name === 'TimeoutError' || name === 'AbortError') return true;
  if (error instanceof AggregateError) return error.errors.some((one) => isFromOutside(one as Known));
  return cause instanceof Error && isFromOutside(cause);
}

function whoSays({ name, severity }: Known): string {
  if (name.startsWith('KafkaJS')) return 'kafka: ';
  return severity === undefined ? '' : 'postgres: ';
}

/** `tools/demo/main.ts:46`: the first place of this checkout. */
function placeIn(stack: string): string | undefined {
  for (const [, file = '', line] of stack.matchAll(/(?:file:\/\/)?(\/[^\s():]+):(\d+):\d+/g)) {
    const shown = path.relative(ROOT, decodeURI(file));
    if (!shown.startsWith('..') && !shown.includes('node_modules')) return `${shown}:${line}`;
  }
  return undefined;
}

/**
 * One line where somebody at the keyboard can do something about it, or nobody can; the whole stack for a bug
 * of ours.
 */
export function errorWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack = message } = error;
  if (name === 'StackError') return message;
  if (isFromOutside(error)) {
    const words = wordsOf(error) || (error instanceof AggregateError && wordsOf(error.errors[0] as Error));
    return `${whoSays(error)}${words || name}`;
  }
  const { code } = error as Known;
  if (BUGS.includes(name) || typeof code === 'string') return stack;
  const place = placeIn(stack);
  return place === undefined ? message : `${message} (${place})`;
}

/** The same for a stack in `dir`; the runner's log has the whole. */
export function whyNotStarted(error: Error, dir: string): string {
  console.error(error);
  const isFull = error.name !== 'StackError' && saysDiskIsFull(error.message);
  return isFull ? diskIsFull(dir) : errorWords(error);
}
