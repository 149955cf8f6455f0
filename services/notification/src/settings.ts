import { wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

/** Its own, besides those that every service has. */
export const Settings = z.object({
  /** `smtp://host:port`, with user and password where the mail server wants them. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }),
  MAIL_FROM: z.string().default('order-saga <orders@order-saga.example>'),
  MAIL_CONCURRENCY: wholeNumber(1, 100).default(16),
});
export type Settings = z.infer<typeof Settings>;
