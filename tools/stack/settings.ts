/** A stack's settings, checked by the services' and the console's own schemas before anything is started. */
import { existsSync } from 'node:fs';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { ConfigError, readSettings } from '@sagakit/service-kit/config';
import { config as consoleConfig } from '../../console/src/config.ts';
import { consoleSpec, serviceSpec } from './components/node-processes.ts';
import { StackError } from './stack-error.ts';

type Settings = Parameters<typeof readSettings>[1];
/** A service that has none of its own has no such file. */
export async function settingsOf(service: ServiceName): Promise<Settings> {
  const file = new URL(`../../services/${service}/src/settings.ts`, import.meta.url);
  return existsSync(file) ? ((await import(file.href)) as { Settings: Settings }).Settings : undefined;
}

/** The runner says these; any will do for the check. */
const ADDRESSES = {
  log: '',
  port: 1,
  kafka: { KAFKA_BROKERS: '127.0.0.1:1' },
  database: { DATABASE_URL: 'postgres://user@127.0.0.1/database' },
  identity: 'http://127.0.0.1:1',
  outside: { psp: 'http://127.0.0.1:1', smtp: 'smtp://127.0.0.1:1' },
};

/**
 * Rejects with a StackError in one line that names every variable of the shell with which no service could
 * start.
 */
export async function checkSettings(given: NodeJS.ProcessEnv = process.env): Promise<void> {
  const problems = new Set<string>();
  const check = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
    }
  };
  for (const service of SERVICES) {
    const settings = await settingsOf(service);
    check(() => readSettings(serviceSpec(service, 1, ADDRESSES, given).env, settings));
  }
  check(() =>
    consoleConfig(
      consoleSpec({ ...ADDRESSES, asks: {}, links: {}, hasPage: true, provider: undefined }, given).env,
    ),
  );
  if (problems.size > 0) throw new StackError('the environment does not fit', [...problems].join('; '));
}
