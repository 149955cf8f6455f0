/** Why a program that was run to its end failed, in its own words. */

const END_LINES = 8;

/** Said where the system said so, and nowhere else. */
export const saysDiskIsFull = (output: string): boolean =>
  /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i.test(output);

export const saysPortIsTaken = (output: string): boolean => /EADDRINUSE|address already in use/i.test(output);

export const diskIsFull = (dir: string): string =>
  `the disk is full: make room where ${dir} lies, then try again`;

/** That the disk is full, or the end of what it wrote. */
export function whyItFailed(output: string, dir: string): string {
  if (saysDiskIsFull(output)) return diskIsFull(dir);
  const end = output.trim().split('\n').slice(-END_LINES).join('\n  ');
  return end === '' ? 'it said nothing' : `it said last:\n  ${end}`;
}
