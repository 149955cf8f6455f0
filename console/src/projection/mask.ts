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

function maskAll(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskAll);
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? CUT : value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskAll(inner)]));
}

function maskFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskFields);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (WHOLE.has(name) || FIELDS.has(name)) return [name, maskAll(inner)];
    return [name, maskFields(inner)];
  });
  return Object.fromEntries(kept);
}

/** The same JSON text if there is nothing in it that must not be kept. */
export const maskJson = (text: string, parsed: unknown): string =>
  MAY_HOLD.test(text) || text.includes('\\u') ? JSON.stringify(maskFields(parsed)) : text;

/** Where something was cut: `data.payment.token`. */
export function maskedPaths(value: unknown, path = '', inside = false): string[] {
  if (typeof value === 'string') return inside && value.includes(CUT) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    maskedPaths(inner, path ? `${path}.${name}` : name, inside || WHOLE.has(name) || FIELDS.has(name)),
  );
}
