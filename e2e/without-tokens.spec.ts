/** A whole stack that asks nobody who they are: possible, and never silently. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../tools/stack/state.ts';
import { ownStack } from './support/own-stack.ts';
import { pastedOrder } from './support/pasted.ts';
import { expect, orderBody, shop, stack, test } from './support/story.ts';

const run = promisify(execFile);
const stackTool = (verb: string, env: NodeJS.ProcessEnv) =>
  run(process.execPath, [path.join(ROOT, 'tools/stack/main.ts'), verb], { env });
const tokenTool = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  run(process.execPath, [path.join(ROOT, 'tools/token/main.ts'), ...args], { env });
const placeUnknown = (url: string) =>
  fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(orderBody([{ sku: 'SKU-0001', quantity: 1 }])),
  });

test.setTimeout(240_000);

test('with AUTH=off a stack takes orders from everybody, says so, and has no tokens to give', async () => {
  const own = await ownStack('auth-off', { AUTH: 'off' }, '--without', 'console');
  try {
    const env = { ...process.env, STACK_DIR: own.dir };
    expect((await placeUnknown(own.shop.urls.order)).status).toBe(202);
    expect(own.said).toMatch(/^Orders are accepted [^]*^Place an order from a shell:\n/m);
    const { orderId } = await pastedOrder(own.said);
    expect(await own.shop.ended(orderId)).toMatchObject({ status: 'REJECTED' });
    expect((await stackTool('status', env)).stdout).toContain('AUTH=off: whoever reaches a port');
    await expect(tokenTool(env, '--as', 'customer-1')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('this stack asks for none (AUTH=off)'),
    });
  } finally {
    await own.remove();
  }
});

test('without it a stack does not, and its token is printed alone', async () => {
  expect((await placeUnknown(shop.urls.order)).status).toBe(401);
  expect(stack().components.map(({ name }) => name)).toContain('identity');
  expect((await stackTool('status', process.env)).stdout).not.toContain('AUTH=off');
  const { stdout } = await tokenTool(process.env, '--as', 'customer-1');
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const listed = await fetch(`${shop.urls.order}/orders`, {
    headers: { authorization: `Bearer ${stdout.trim()}` },
  });
  expect(listed.status).toBe(200);
});
