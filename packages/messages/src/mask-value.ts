/** What is left of a value that must not be seen. */

export const CUT = '…';

/** No message of ours is so deep. What lies deeper is cut whole: a stack has an end. */
export const MAX_DEPTH = 100;

/**
 * What is left of a text: enough to tell two apart, not enough to know. Of an e-mail address its first letter
 * and its domain, of a token what stands before its first `_`.
 */
export function maskText(text: string): string {
  const at = text.lastIndexOf('@');
  if (at > 0) return `${[...text][0]}${CUT}${text.slice(at)}`;
  const prefix = /^[a-z]{2,8}_/.exec(text)?.[0] ?? '';
  return `${prefix}${CUT}`;
}

/** @param left of a text */
export function maskAll(value: unknown, depth = 0, left: (text: string) => string = maskText): unknown {
  if (depth > MAX_DEPTH) return CUT;
  if (typeof value === 'string') return left(value);
  if (Array.isArray(value)) return value.map((inner) => maskAll(inner, depth + 1, left));
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? CUT : value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, maskAll(inner, depth + 1, left)]),
  );
}
