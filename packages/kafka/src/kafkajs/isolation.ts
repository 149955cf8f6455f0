/**
 * Everything of ours reads uncommitted: to it the log ends where it ends, not where somebody's open
 * transaction begins (docs/decisions/0011). For consumers kafkajs 2.2.4 has an option (`readUncommitted`);
 * its admin client has none, and told the end of what is committed as the end of the log.
 */
import { createRequire } from 'node:module';

type Broker = { listOffsets(request: { isolationLevel?: number }): Promise<unknown> };

const require = createRequire(import.meta.url);
const broker = (require('kafkajs/src/broker/index.js') as { prototype: Broker }).prototype;
const listOffsets = broker.listOffsets;

const READ_UNCOMMITTED = 0;

let done = false;

export function askForTheRealEnds(): void {
  if (done) return;
  done = true;
  broker.listOffsets = function listUncommitted(request) {
    return listOffsets.call(this, { ...request, isolationLevel: READ_UNCOMMITTED });
  };
}
