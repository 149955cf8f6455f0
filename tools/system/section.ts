/**
 * Puts the lines between the comments `>>> name` and `<<< name`, indented as the first of them. Throws if the
 * text has not exactly one such place.
 *
 * @param lines the first without its indentation; the others with theirs if they have any, else they get that
 * of the first
 */
export function section(text: string, name: string, lines: readonly string[]): string {
  const place = new RegExp(`^( *)(#|//) >>> ${name}\\b.*\\n[\\s\\S]*?^ *\\2 <<< ${name}$`, 'gm');
  const found = [...text.matchAll(place)];
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`there are ${found.length} places ">>> ${name}", not one`);
  const [whole, indent = '', comment = ''] = first;
  const [begin = ''] = whole.split('\n');
  const written = lines.map((line) => (line === '' || line.startsWith(' ') ? line : `${indent}${line}`));
  return text.replace(whole, () => [begin, ...written, `${indent}${comment} <<< ${name}`].join('\n'));
}

/** Puts the line in the place of the one that the pattern finds. Throws if it does not find exactly one. */
export function line(text: string, pattern: RegExp, written: string): string {
  const lines = text.split('\n');
  const at = lines.flatMap((candidate, index) => (pattern.test(candidate) ? [index] : []));
  if (at.length !== 1) throw new Error(`${at.length} lines are like ${pattern}, not one`);
  return lines.with(at[0] as number, written).join('\n');
}
