import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../state.ts';
import { HEAP_FLAGS, serviceSpec } from './node-processes.ts';

test('a service has the same heap in its container as in the embedded stack', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'infra/docker/Dockerfile'), 'utf8');
  const command = /^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '';
  assert.deepEqual(JSON.parse(command), ['node', ...HEAP_FLAGS, 'src/main.ts']);
});

test('a service tells its traces to the console, unless the shell says where to', () => {
  const common = {
    log: '',
    port: 1,
    database: {},
    kafka: {},
    outside: { psp: '', smtp: '' },
    identity: undefined,
  };
  const telling = (to: string | undefined, given: NodeJS.ProcessEnv) => {
    const { env } = serviceSpec('order', 1, { ...common, tracesTo: to }, given);
    return [env['OTEL_EXPORTER_OTLP_ENDPOINT'], env['OTEL_TRACES_SAMPLER'], env['OTEL_SDK_DISABLED']];
  };
  const here = 'http://127.0.0.1:4000';
  assert.deepEqual(telling(here, {}), [here, 'parentbased_traceidratio', undefined]);
  assert.deepEqual(telling(here, { OTEL_SDK_DISABLED: ' ' }), [here, 'parentbased_traceidratio', undefined]);
  assert.deepEqual(telling(here, { OTEL_SDK_DISABLED: 'true' }), [undefined, undefined, 'true']);
  const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  assert.deepEqual(telling(here, elsewhere), ['http://127.0.0.1:4318', undefined, undefined]);
  assert.deepEqual(telling(undefined, {}), [undefined, undefined, undefined]);
});
