import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../state.ts';
import { heapFlagsOf, serviceSpec } from './node-processes.ts';

test('a service and the console have the same heap in their containers as in the embedded stack', () => {
  const textOf = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
  const [, ofImages = ''] = /^CMD (\[.*\])$/m.exec(textOf('infra/docker/Dockerfile')) ?? [];
  assert.deepEqual(JSON.parse(ofImages), ['node', ...heapFlagsOf('order'), 'src/main.ts']);
  const console = /^  console:\n(?: {4}.*\n)+/m.exec(textOf('docker-compose.yml'))?.[0] ?? '';
  const [, ofConsole = ''] = /^ {4}command:\s+\[([^\]]*)\]/m.exec(console) ?? [];
  const words = ofConsole.replaceAll("'", '"').replace(/,\s*$/, '');
  assert.deepEqual(JSON.parse(`[${words}]`), ['node', ...heapFlagsOf('console'), 'src/main.ts']);
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
