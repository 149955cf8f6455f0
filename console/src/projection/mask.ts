/**
 * Personal data and card tokens are cut before anything is stored: what the console does not have it cannot
 * show, export or leak, and need not forget. What is cut is what the messages' schemas mark.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { MAX_DEPTH } from '@sagakit/messages/mask-value';
import { masksOf } from '@sagakit/messages/personal';

const masks = masksOf(catalogue);

/** Fields that no log says. */
export const HIDDEN = masks.names;

/** The same JSON text if there is nothing in it that must not be kept. */
export const maskJson = masks.json;

/** Where something was cut: `data.payment.token`. */
export const maskedPaths = masks.paths;

/** Whether it is deeper than anybody can draw. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  return level.length > 0;
}
