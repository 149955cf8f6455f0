import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';

test('a file of tests that does not end says what keeps it running', () => {
  const left = `const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
    require('node:net').connect(server.address().port);
    setTimeout(process.exit, 1_000);
  });`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', path.join(import.meta.dirname, 'open-handles.ts'), '--eval', left],
    {
      env: { ...process.env, NODE_TEST_CONTEXT: 'child', OPEN_HANDLES_AFTER_MS: '300' },
      encoding: 'utf8',
    },
  );
  assert.match(stderr, /still open: .*TCPServerWrap 1/);
  assert.match(stderr, /server: \{"address":"127\.0\.0\.1"/);
  assert.match(stderr, /socket: \d+ to 127\.0\.0\.1:\d+/);
});
