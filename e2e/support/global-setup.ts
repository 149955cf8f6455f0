import { rmSync } from 'node:fs';
import { CONSOLE } from '@order-saga/contracts/system';
import type { FullConfig } from '@playwright/test';
import { attach } from '../../tools/stack/attach.ts';
import { bringUp } from '../../tools/stack/launch.ts';
import { temporaryStackDir } from '../../tools/stack/temporary-dir.ts';
import { tellLanes } from './lanes.ts';
import { startTraceReceiver } from './trace-receiver.ts';

type Lane = { environment: Record<string, string>; leave(): Promise<void> };

/** An ephemeral stack on free ports that tells its traces to a receiver of ours. */
async function bringUpLane(): Promise<Lane> {
  const dir = temporaryStackDir('e2e');
  const receiver = await startTraceReceiver();
  const environment = {
    STACK_DIR: dir,
    TRACES_URL: receiver.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  };
  Object.assign(process.env, environment);
  const replicas = Number(process.env['E2E_REPLICAS'] ?? 1);
  const { state, leave } = await bringUp({ ephemeral: true, replicas, jit: 'c1', forCaller: true }, (text) =>
    console.log(`  ${text}`),
  );
  const page = state.components.find(({ name }) => name === CONSOLE.name)?.url;
  if (page) receiver.passOnTo(page);
  return {
    environment,
    async leave() {
      await leave();
      await receiver.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * `npm run e2e -- --compose`: the containers, brought up if they are not, and left up. Else a stack for each
 * worker. Taken down afterwards, whatever happened.
 */
export default async function setup({ workers }: FullConfig): Promise<() => Promise<void>> {
  if (process.env['E2E_COMPOSE']) {
    await attach({ ephemeral: false, replicas: 1, jit: 'c2', compose: true }, (text) =>
      console.log(`  ${text}`),
    );
    return async () => {};
  }
  const lanes: Lane[] = [];
  // One after the other: each is told of by our own environment.
  for (let lane = 0; lane < workers; lane++) lanes.push(await bringUpLane());
  tellLanes(lanes.map(({ environment }) => environment));
  return async () => void (await Promise.all(lanes.map(({ leave }) => leave())));
}
