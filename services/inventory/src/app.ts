import { type RunningService, startService } from '@order-saga/service-kit/service';
import { config as readConfig } from './config.ts';
import { changeStock, readStock } from './http/stock.ts';
import { inventoryUnit } from './messages/unit.ts';
import { createReads } from './storage/reads.ts';
import { seed } from './storage/seed.ts';

export function startInventory(
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> {
  const config = readConfig(environment);
  return startService(
    {
      name: 'inventory',
      config,
      migrations: new URL('../prisma/migrations/', import.meta.url),
      prepare: seed,
      units: ({ source }) => [inventoryUnit(source)],
      endpoints: (parts) => [...readStock(createReads(parts.readPool)), ...changeStock(parts)],
    },
    options,
  );
}
