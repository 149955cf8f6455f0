import { catalogue } from '@order-saga/contracts/catalogue';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { readSettings } from '@sagakit/service-kit/config';
import { Settings } from './settings.ts';
import { changeStock, readStock } from './http/stock.ts';
import { inventoryAggregate } from './messages/unit.ts';
import { createReads } from './storage/reads.ts';
import { seed } from './storage/seed.ts';

export function startInventory(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readSettings(Settings, environment);
  return startService(
    {
      name: 'inventory',
      catalogue,
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      prepare: seed,
      aggregates: ({ writer }) => [inventoryAggregate(writer)],
      endpoints: (parts) => [...readStock(createReads(parts.readPool)), ...changeStock(parts)],
    },
    options,
  );
}
