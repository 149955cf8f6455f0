import { readConfig, ServiceConfig, wholeNumber } from '@sagakit/service-kit/config';
import type { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Replaces every step's own deadline, for a whole stack. At most a week. */
  STEP_DEADLINE_MS: wholeNumber(100, 604_800_000).optional(),
});
export type Config = z.infer<typeof Config>;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(Config, environment);
