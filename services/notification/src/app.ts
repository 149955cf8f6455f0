import { lingerAlways } from '@order-saga/messaging/linger';
import { type RunningService, startService } from '@order-saga/service-kit/service';
import { config as readConfig } from './config.ts';
import { getNotifications } from './http/get-notifications.ts';
import { mailEffects } from './mailer.ts';
import { notificationUnit } from './messages/unit.ts';
import { createReads } from './storage/reads.ts';

/** No order waits for its mail. */
const linger = lingerAlways(100);

export function startNotification(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  const concurrency = config.MAIL_CONCURRENCY;
  return startService(
    {
      name: 'notification',
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      units: ({ source }) => [notificationUnit(source)],
      effects: {
        handlers: mailEffects({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM, connections: concurrency }),
        concurrency,
      },
      linger,
      endpoints: ({ readPool }) => [getNotifications(createReads(readPool))],
    },
    options,
  );
}
