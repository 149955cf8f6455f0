import { readConfig, ServiceConfig, wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** `smtp://host:port`, with user and password where the mail server wants them. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }),
  MAIL_FROM: z.string().default('order-saga <orders@order-saga.example>'),
  MAIL_CONCURRENCY: wholeNumber(1, 100).default(16),
});
export type Config = z.infer<typeof Config>;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(Config, environment);
