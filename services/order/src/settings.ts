import { wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Its own, besides those that every service has. */
export const Settings = z.object({
  /**
   * How long an Idempotency-Key is remembered. A repeat within that time gets the answer of the first
   * request; after it, it places a new order. Longer than any client goes on trying.
   */
  IDEMPOTENCY_KEY_AGE_MS: z.coerce
    .number()
    .int()
    .min(60_000)
    .default(7 * DAY_MS),
  /**
   * How many orders a customer (scope `orders`) may place in a minute, at each replica. More is answered 429.
   */
  ORDERS_PER_MINUTE: wholeNumber(1, 1_000_000).default(6_000),
});
export type Settings = z.infer<typeof Settings>;
