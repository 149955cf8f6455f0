/**
 * How the provider feels today, set from outside by `PUT /mood`: for trying out what the system does when it
 * is not well.
 */
import { z } from 'zod';

export const Mood = z.strictObject({
  /** Every answer takes so much longer. */
  slowMs: z.int().min(0).max(600_000).default(0),
  /** Every call is answered with 500 and moves no money. */
  failing: z.boolean().default(false),
  /** Money moves, and the answer is a 500 all the same: the caller cannot know. */
  failingAfterwards: z.boolean().default(false),
  /** Every refund is answered with 500. */
  refusingRefunds: z.boolean().default(false),
});
export type Mood = z.infer<typeof Mood>;

export const WELL: Mood = Mood.parse({});
