/** Why a program that was run to its end failed, in its own words. */

const END_LINES = 8;

/** Said where the system said so, and nowhere else. */
export const saysDiskIsFull = (output: string): boolean =>
  /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i.test(output);

export const saysPortIsTaken = (output: string): boolean => /EADDRINUSE|address already in use/i.test(output);

export const diskIsFull = (dir: string): string =>
  `the disk is full: make room where ${dir} lies, then try again`;

const saysMemoryIsFull = (output: string): boolean =>
  /heap out of memory|Cannot allocate memory|ENOMEM|OutOfMemoryError/i.test(output);

/** Where in whose code a program failed: what it says above that is what its reader can use. */
const isForProgrammers = (line: string): boolean => /^\s+at |^\s*$|^Node\.js v/.test(line);

/**
 * That the disk or the memory is full, or the end of what it wrote.
 *
 * @param signal it was ended by that
 */
export function whyItFailed(output: string, dir: string, signal?: NodeJS.Signals): string {
  if (saysDiskIsFull(output)) return diskIsFull(dir);
  if (saysMemoryIsFull(output))
    return 'there was not enough memory for it: end something else, then try again';
  const said = output.split('\n').filter((line) => !isForProgrammers(line));
  const end = said.slice(-END_LINES).join('\n  ').trim();
  const last = end === '' ? 'it said nothing' : `it said last:\n  ${end}`;
  if (signal === undefined) return last;
  const whose = signal === 'SIGKILL' ? ', by somebody, or by the system where memory is short' : '';
  return `it was ended (${signal}${whose}); ${last}`;
}
