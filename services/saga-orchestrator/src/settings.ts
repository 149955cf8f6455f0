import { wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

/** Its own, besides those that every service has. */
export const Settings = z.object({
  /** Replaces every step's own deadline, for a whole stack. At most a week. */
  STEP_DEADLINE_MS: wholeNumber(100, 604_800_000).optional(),
});
export type Settings = z.infer<typeof Settings>;
