import { readConfig, ServiceConfig } from '@order-saga/service-kit/config';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** The payment provider's address. */
  PROVIDER_URL: z.url(),
  /** Calls to the provider under way at once. */
  PROVIDER_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(64),
  /** A call that takes longer is given up, and made again with the same key. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(100).default(10_000),
});
export type Config = z.infer<typeof Config>;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(Config, environment);
