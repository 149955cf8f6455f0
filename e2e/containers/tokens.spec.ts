/** Who may call the services in containers: who has a token of the provider that runs beside them. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../tools/stack/state.ts';
import { compose, containersOf, docker, untilHealthy } from '../support/docker.ts';
import { eventually, expect, orderBody, shop, stack, test } from '../support/story.ts';

const run = promisify(execFile);
const tool = async (script: string, ...args: string[]) =>
  (await run(process.execPath, [path.join(ROOT, 'tools', script), ...args])).stdout;
const token = async (...who: string[]) => (await tool('token/main.ts', '--compose', ...who)).trim();
const bearer = (given: string) => ({ authorization: `Bearer ${given}` });

const place = (headers: Record<string, string> = {}) =>
  fetch(`${shop.urls.order}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
    body: JSON.stringify(orderBody([{ sku: 'SKU-0001', quantity: 1 }])),
  });
const urlOf = (name: string) => stack().components.find((component) => component.name === name)?.url ?? '';
const keys = async () => (await fetch(`${urlOf('identity')}/jwks`)).text();

test.setTimeout(240_000);

test('a call needs a token of the provider; its keys are kept, until another is asked for', async () => {
  expect((await place()).status).toBe(401);
  const customers = await token('--as', 'customer-1');
  expect((await place(bearer(customers))).status).toBe(202);
  expect(
    (await fetch(`${shop.urls['saga-orchestrator']}/sagas`, { headers: bearer(customers) })).status,
  ).toBe(403);
  const { iss } = JSON.parse(Buffer.from(customers.split('.')[1] ?? '', 'base64url').toString()) as {
    iss: string;
  };
  expect(iss).toBe(urlOf('identity'));

  const [provider = ''] = await containersOf('identity');
  const before = await keys();
  await docker('restart', provider);
  await untilHealthy(provider);
  expect(await keys()).toBe(before);
  expect((await place(bearer(customers))).status).toBe(202);

  await tool('token/main.ts', '--compose', '--new-key');
  expect(await keys()).not.toBe(before);
  expect((await place(bearer(await token('--as', 'customer-1')))).status).toBe(202);
  await eventually(
    'what the old key signed is of no use',
    async () => (await place(bearer(customers))).status === 401,
  );
  expect(await tool('sagas/main.ts', '--compose', 'list', '--limit', '1')).toContain('saga');
});

test('with AUTH=off it needs none, which is said in red', async () => {
  const up = (AUTH: string) =>
    run('docker', ['compose', 'up', '--detach', '--no-deps', 'order', 'gateway'], {
      cwd: ROOT,
      env: { ...process.env, AUTH },
    });
  const healthy = async () => {
    for (const name of ['order', 'gateway']) await untilHealthy((await containersOf(name))[0] ?? '');
  };
  try {
    await up('off');
    await healthy();
    expect((await place()).status).toBe(202);
    await eventually('the gateway says so', async () =>
      (await compose('logs', '--no-log-prefix', 'gateway')).includes(
        '\u001b[31mAUTH=off: whoever reaches a port',
      ),
    );
    expect(await tool('stack/main.ts', 'status')).toContain('AUTH=off: whoever reaches a port');
  } finally {
    await up('on');
    await healthy();
    await tool('stack/main.ts', 'status');
  }
  expect((await place()).status).toBe(401);
});
