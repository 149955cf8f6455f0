/**
 * Personal data and card tokens are cut before anything is stored: what the console does not have it cannot
 * show, export or leak, and need not forget.
 */

/** All that is in them, at any depth. */
const WHOLE = new Set(['contact', 'address']);
const FIELDS = new Set(['email', 'token']);

/** A quick look, so that most messages are not taken apart for nothing. */
const MAY_HOLD = /"(contact|address|email|token)"/;

const CUT = '…';

/** What is left of a text: enough to tell two apart, not enough to know. */
function maskText(text: string): string {
  const at = text.lastIndexOf('@');
  if (at > 0) return `${[...text][0]}${CUT}${text.slice(at)}`;
  const prefix = /^[a-z]{2,8}_/.exec(text)?.[0] ?? '';
  return `${prefix}${CUT}`;
}

/** No message of ours is so deep. What lies deeper is cut whole: a stack has an end. */
const MAX_DEPTH = 100;

function maskAll(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return CUT;
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map((inner) => maskAll(inner, depth + 1));
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? CUT : value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskAll(inner, depth + 1)]));
}

function maskFields(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return CUT;
  if (Array.isArray(value)) return value.map((inner) => maskFields(inner, depth + 1));
  const kept = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (WHOLE.has(name) || FIELDS.has(name)) return [name, maskAll(inner, depth + 1)];
    return [name, maskFields(inner, depth + 1)];
  });
  return Object.fromEntries(kept);
}

/** The same JSON text if there is nothing in it that must not be kept. */
export const maskJson = (text: string, parsed: unknown): string =>
  MAY_HOLD.test(text) || text.includes('\\u') ? JSON.stringify(maskFields(parsed)) : text;

/** Whether it is deeper than anybody can draw. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  return level.length > 0;
}

/** Where something was cut: `data.payment.token`. */
export function maskedPaths(value: unknown, path = '', inside = false): string[] {
  if (typeof value === 'string') return inside && value.includes(CUT) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    maskedPaths(inner, path ? `${path}.${name}` : name, inside || WHOLE.has(name) || FIELDS.has(name)),
  );
}
