import { randomFillSync } from 'node:crypto';

/**
 * Random bytes from a pool: one call into the system per 4 KiB instead of one per id. Several ids are made
 * per message, and the calls were 5 % of the orchestrator's time.
 */
const POOL = Buffer.alloc(4096);
let used = POOL.length;

/** The returned view is valid until the pool is refilled: copy or format it at once. */
function take(bytes: number): Buffer {
  if (used + bytes > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += bytes;
  return POOL.subarray(used - bytes, used);
}

/** `bytes` random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  return take(bytes).toString('hex');
}

/**
 * A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, then random bits, so that ids made later sort
 * later.
 */
export function newId(now: number = Date.now()): string {
  const random = take(10);
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70; // version 7
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80; // variant
  const hex = now.toString(16).padStart(12, '0') + random.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
