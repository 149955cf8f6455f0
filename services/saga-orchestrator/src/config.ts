import { readConfig, ServiceConfig } from '@order-saga/service-kit/config';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Replaces every step's own deadline, for a whole stack. */
  STEP_DEADLINE_MS: z.coerce.number().int().min(100).optional(),
});
export type Config = z.infer<typeof Config>;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(Config, environment);
