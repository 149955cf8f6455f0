/** Why a program that was run to its end failed, in its own words. */

const END_LINES = 8;

/** The end of what it wrote; that the disk is full is said where the system said so, and nowhere else. */
export function whyItFailed(output: string, dir: string): string {
  if (/No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i.test(output))
    return `the disk is full: make room where ${dir} lies, then try again`;
  const end = output.trim().split('\n').slice(-END_LINES).join('\n  ');
  return end === '' ? 'it said nothing' : `it said last:\n  ${end}`;
}
