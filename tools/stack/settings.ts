/** A stack's settings, checked by the services' own schemas before anything is started. */
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { ConfigError } from '@sagakit/service-kit/config';
import { config as inventory } from '../../services/inventory/src/config.ts';
import { config as notification } from '../../services/notification/src/config.ts';
import { config as order } from '../../services/order/src/config.ts';
import { config as payment } from '../../services/payment/src/config.ts';
import { config as sagaOrchestrator } from '../../services/saga-orchestrator/src/config.ts';
import { serviceSpec } from './components/node-processes.ts';
import { StackError } from './stack-error.ts';

const CONFIGS: Record<ServiceName, (environment: NodeJS.ProcessEnv) => unknown> = {
  order,
  payment,
  inventory,
  notification,
  'saga-orchestrator': sagaOrchestrator,
};

/** The runner says these; any will do for the check. */
const ADDRESSES = {
  log: '',
  port: 1,
  brokers: ['127.0.0.1:1'],
  databaseUrl: 'postgres://user@127.0.0.1/database',
  providerUrl: 'http://127.0.0.1:1',
  smtpUrl: 'smtp://127.0.0.1:1',
};

/** Throws a StackError in one line that names every variable of the shell with which no service could start. */
export function checkSettings(given: NodeJS.ProcessEnv = process.env): void {
  const problems = new Set<string>();
  for (const service of SERVICES) {
    try {
      CONFIGS[service](serviceSpec(service, 1, ADDRESSES, given).env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
    }
  }
  if (problems.size > 0) throw new StackError('the environment does not fit', [...problems].join('; '));
}
