/** What is typed behind a command: read the same way by all of them. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { StackError } from './stack/stack-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>
>;

/** What a command that is asked for help prints, and ends well (run-tool.ts). */
export class Help extends Error {
  override name = 'Help';
}

const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h');
};

/** Of Node's words for a bad argument what is about it; the rest is advice for programmers. */
const aboutArguments = (message: string) => message.replace(/\. To specify a positional argument.*$/s, '');

/**
 * Throws Help for `--help` and `-h`, whatever else is typed; else, in one line, what is not understood, and
 * what would be.
 *
 * @param usage what `--help` prints
 */
export function commandLine<const T extends Options>(
  usage: string,
  options: T,
  args: readonly string[] = process.argv.slice(2),
): Parsed<T> {
  if (asksForHelp(args)) throw new Help(usage);
  try {
    return parseArgs<{ args: string[]; options: T; allowPositionals: true }>({
      args: [...args],
      options,
      allowPositionals: true,
    });
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error;
    const known = [...Object.keys(options), 'help'].map((name) => `--${name}`).join(', ');
    throw Object.assign(new Error(`${aboutArguments(message)}. It takes ${known}`), { name: 'StackError' });
  }
}

/**
 * What is typed beyond what a command takes is a mistake, and nothing is done: nobody should believe that it
 * was done for all.
 */
export function noMore(verb: string, rest: readonly string[]): void {
  if (rest[0] !== undefined) throw new StackError(verb, `"${rest[0]}" is one argument too many. See --help`);
}

/** Throws in one line. */
export function numberAboveZero(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new StackError(`--${name}`, `must be a number above 0, not ${text}`);
  return value;
}
