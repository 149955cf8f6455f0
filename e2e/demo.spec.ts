/** The demo as somebody sees it who runs it: on the stack that runs. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, urlOf } from '../tools/stack/state.ts';
import { pastedOrder } from './support/pasted.ts';
import { eventually, expect, kill, restart, shop, stack, test } from './support/story.ts';

const run = promisify(execFile);
const demo = async () => {
  const { stdout } = await run(process.execPath, [path.join(ROOT, 'tools/demo/main.ts'), '--exit'], {
    env: process.env,
  });
  return stdout;
};

type Story = { told: string; spans: object[] };
const storyOf = async (id: string): Promise<Story> =>
  (await fetch(`${urlOf(stack(), 'console')}/api/stories/${id}?wait=5000`)).json() as Promise<Story>;

test('the demo tells each order in the words of its page, and gives the page', async () => {
  const output = await demo();
  const page = urlOf(stack(), 'console');
  expect(output.split('Three orders:')[0]).toContain(`See every order: ${page}`);
  const stories = [...output.matchAll(/^ +(\S+)\/stories\/([\w-]{36})$/gm)];
  expect(stories.map(([, url]) => url)).toEqual([page, page, page]);
  for (const [, , id = ''] of stories) {
    // The page may be a moment behind what the demo has seen already, such as the mail.
    const lines = output.split('\n').map((line) => line.trim());
    await eventually('the page says it in the same words', async () =>
      lines.includes((await storyOf(id)).told),
    );
    await eventually('its spans are there', async () => (await storyOf(id)).spans.length > 20);
  }
  expect(output.slice(output.indexOf('Open '))).toMatch(/try:[^]*a declined card[^]*step through/);
});

test('the line that it prints places an order when it is pasted, and its page has spans', async () => {
  const { orderId, correlationId } = await pastedOrder(await demo());
  expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED', reason: 'payment-declined' });
  await eventually('its spans are there', async () => (await storyOf(correlationId)).spans.length > 20);
});

test('without the console the demo tells the same stories, says that there is no page, and its line works', async () => {
  await kill('console');
  try {
    const output = await demo();
    expect(output).toContain('The console is away');
    expect(output).not.toMatch(/\/stories\/[\w-]{36}/);
    expect(output).toMatch(/was ordered for € [\d.]+\. The stock was reserved; the card was declined/);
    const { orderId } = await pastedOrder(output);
    expect(await shop.ended(orderId)).toMatchObject({ status: 'REJECTED' });
  } finally {
    await restart('console');
  }
});
