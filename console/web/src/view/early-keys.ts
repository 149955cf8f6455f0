/** What somebody meant who typed before anything listened. */
export type Typed = { q: string; isEntered: boolean };

/** What follows the key that leads to the search; undefined: it was not pressed, or left again. */
export function searchIn(keys: readonly string[]): Typed | undefined {
  const from = keys.indexOf('/');
  if (from === -1) return undefined;
  let q = '';
  for (const key of keys.slice(from + 1)) {
    if (key === 'Enter') return { q, isEntered: true };
    if (key === 'Escape') return searchIn(keys.slice(keys.indexOf('Escape', from) + 1));
    if (key === 'Backspace') q = q.slice(0, -1);
    else if (key.length === 1) q += key;
  }
  return { q, isEntered: false };
}
