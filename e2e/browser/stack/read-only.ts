/** A second console of the stack, as one is put where others may only look. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SERVICES } from '@order-saga/contracts/system';
import { consoleSpec } from '../../../tools/stack/components/node-processes.ts';
import { freePort } from '../../../tools/stack/ports.ts';
import { databaseOf, kafkaOf, urlOf } from '../../../tools/stack/state.ts';
import { eventually, stack } from '../../support/story.ts';

function kafka(): Record<string, string> {
  const { brokers, sasl } = kafkaOf(stack(), 'console', 'console');
  return {
    KAFKA_BROKERS: brokers.join(','),
    ...(sasl ? { KAFKA_SASL_USERNAME: sasl.username, KAFKA_SASL_PASSWORD: String(sasl.password) } : {}),
  };
}

function provider() {
  const { url, clientsSecret } = stack().components.find(({ name }) => name === 'identity') ?? {};
  return url !== undefined && clientsSecret !== undefined ? { url, clientsSecret } : undefined;
}

export async function startReadOnly(): Promise<{ url: string; stop: () => Promise<void> }> {
  const options = {
    ...{ log: '', port: await freePort(), hasPage: true, links: {} },
    ...{ kafka: kafka(), database: { DATABASE_URL: databaseOf(stack(), 'console') }, provider: provider() },
    asks: Object.fromEntries(SERVICES.map((name) => [name, urlOf(stack(), name)])),
  };
  const spec = consoleSpec(options, { ...process.env, CONSOLE_READ_ONLY: 'true' });
  const child = spawn(spec.command, spec.args, { env: spec.env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await eventually('it is ready', async () => (await spec.notReady()) === undefined, { withinMs: 60_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: spec.url, stop };
}
