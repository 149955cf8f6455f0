import { rmSync } from 'node:fs';
import { CONSOLE } from '@order-saga/contracts/system';
import { attach } from '../../tools/stack/attach.ts';
import { down, up } from '../../tools/stack/launch.ts';
import { temporaryStackDir } from '../../tools/stack/temporary-dir.ts';
import { startTraceReceiver } from './trace-receiver.ts';

/**
 * `npm run e2e -- --compose`: the containers, brought up if they are not, and left up. Else an ephemeral
 * stack on free ports that tells its traces to a receiver of ours. Taken down afterwards, whatever happened.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env['E2E_COMPOSE']) {
    await attach({ ephemeral: false, replicas: 1, jit: 'c2', compose: true }, (text) =>
      console.log(`  ${text}`),
    );
    return async () => {};
  }
  const dir = temporaryStackDir('e2e');
  const receiver = await startTraceReceiver();
  process.env['STACK_DIR'] = dir;
  process.env['TRACES_URL'] = receiver.url;
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '500';
  const state = await up(
    { ephemeral: true, replicas: Number(process.env['E2E_REPLICAS'] ?? 1), jit: 'c1', forCaller: true },
    (text) => console.log(`  ${text}`),
  );
  const page = state.components.find(({ name }) => name === CONSOLE.name)?.url;
  if (page) receiver.passOnTo(page);
  return async () => {
    await down(() => {});
    await receiver.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
