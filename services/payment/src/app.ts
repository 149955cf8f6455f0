import { catalogue } from '@order-saga/contracts/catalogue';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { config as readConfig } from './config.ts';
import { getPayment } from './http/get-payment.ts';
import { paymentAggregate } from './messages/unit.ts';
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
      catalogue,
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      aggregates: ({ writer }) => [paymentAggregate(writer)],
      effects: {
        handlers: providerEffects({ url: config.PROVIDER_URL, timeoutMs: config.PROVIDER_TIMEOUT_MS, connections: concurrency }),
        concurrency,
      },
      endpoints: ({ readPool }) => [getPayment(createReads(readPool))],
    },
    options,
  );
}
