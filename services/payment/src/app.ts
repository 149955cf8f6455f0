import { type RunningService, startService } from '@order-saga/service-kit/service';
import { config as readConfig } from './config.ts';
import { getPayment } from './http/get-payment.ts';
import { paymentUnit } from './messages/unit.ts';
import { providerEffects } from './provider.ts';
import { createReads } from './storage/reads.ts';

export function startPayment(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  const concurrency = config.PROVIDER_CONCURRENCY;
  return startService(
    {
      name: 'payment',
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      units: ({ source }) => [paymentUnit(source)],
      effects: {
        handlers: providerEffects({ url: config.PROVIDER_URL, timeoutMs: config.PROVIDER_TIMEOUT_MS, connections: concurrency }),
        concurrency,
      },
      endpoints: ({ readPool }) => [getPayment(createReads(readPool))],
    },
    options,
  );
}
