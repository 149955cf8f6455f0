import { wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

/** Its own, besides those that every service has. */
export const Settings = z.object({
  /** The payment provider's address. */
  PROVIDER_URL: z.url(),
  /** Calls to the provider under way at once. */
  PROVIDER_CONCURRENCY: wholeNumber(1, 1_000).default(64),
  /** A call that takes longer is given up, and made again with the same key. */
  PROVIDER_TIMEOUT_MS: wholeNumber(100, 600_000).default(10_000),
});
export type Settings = z.infer<typeof Settings>;
