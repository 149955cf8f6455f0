/** How what was received is shown in a line. */

export const oneLine = (text: string, length: number): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
};

/** Whole, so that it can be given to `--key`; what a terminal would not show as it is, as JSON. */
export function keyWords(key: string | null): string {
  if (key === null) return 'none';
  return /\p{C}|^\s|\s$|\s\s|^$|^none$/u.test(key) ? JSON.stringify(key) : key;
}
