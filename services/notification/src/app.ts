import { catalogue } from '@order-saga/contracts/catalogue';
import { fixedBatchDelay } from '@sagakit/resilience/batch-delay';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { readSettings } from '@sagakit/service-kit/config';
import { Settings } from './settings.ts';
import { getNotifications } from './http/get-notifications.ts';
import { mailEffects } from './mailer.ts';
import { notificationAggregate } from './messages/unit.ts';
import { createReads } from './storage/reads.ts';

/** No order waits for its mail. */
const batchDelay = fixedBatchDelay(100);

export function startNotification(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readSettings(Settings, environment);
  const concurrency = config.MAIL_CONCURRENCY;
  return startService(
    {
      name: 'notification',
      catalogue,
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      aggregates: ({ writer }) => [notificationAggregate(writer)],
      effects: {
        handlers: mailEffects({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM, connections: concurrency }),
        concurrency,
      },
      batchDelay,
      endpoints: ({ readPool }) => [getNotifications(createReads(readPool))],
    },
    options,
  );
}
