/** What is wrong with the provider, set from outside by `PUT /faults`: to try what the system does then. */
import { z } from 'zod';

export const Faults = z.strictObject({
  /** Every answer takes so much longer. */
  slowMs: z.int().min(0).max(600_000).default(0),
  /** Every call is answered with 500 and moves no money. */
  failing: z.boolean().default(false),
  /** Money moves, and the answer is a 500 all the same: the caller cannot know. */
  failingAfterwards: z.boolean().default(false),
  /** Every refund is answered with 500. */
  refusingRefunds: z.boolean().default(false),
});
export type Faults = z.infer<typeof Faults>;

export const NO_FAULTS: Faults = Faults.parse({});
