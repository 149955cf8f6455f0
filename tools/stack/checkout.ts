/** Another checkout of this repository, whose services a stack runs beside or instead of its own. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from '@order-saga/contracts/system';
import { missingPackages } from '../set-up/dependencies.mjs';
import { StackError } from './stack-error.ts';

/** Its absolute path. Throws a StackError in words if a service of this one could not run from there. */
export function checkoutAt(folder: string): string {
  const root = path.resolve(folder);
  const lacking = SERVICES.filter(
    (service) => !existsSync(path.join(root, `services/${service}/src/main.ts`)),
  );
  if (lacking.length > 0)
    throw new StackError(root, `is no checkout of this system: it has no service ${lacking.join(', ')}`);
  // Kafka lets nobody in who does not say who they are.
  const settings = path.join(root, 'packages/kafka/src/settings.ts');
  if (!existsSync(settings) || !readFileSync(settings, 'utf8').includes('KAFKA_SASL_USERNAME'))
    throw new StackError(root, 'is too old for this stack: its services cannot log in to Kafka');
  if (missingPackages(root).length > 0)
    throw new StackError(root, 'is not set up. Run there, once: npm run stack -- status');
  return root;
}
