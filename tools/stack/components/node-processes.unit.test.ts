import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../state.ts';
import { HEAP_FLAGS } from './node-processes.ts';

test('a service has the same heap in its container as in the embedded stack', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'infra/docker/Dockerfile'), 'utf8');
  const command = /^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '';
  assert.deepEqual(JSON.parse(command), ['node', ...HEAP_FLAGS, 'src/main.ts']);
});
