/**
 * What every story starts with: the running shop, a product of its own choosing, and the words to say what is
 * expected.
 */
import { shopAt } from '@order-saga/tools/shop/client';
import { authorizationFor, providerOf } from '../../tools/identity/token.ts';
import { urlsOf } from '../../tools/stack/attach.ts';
import { control } from '../../tools/stack/launch.ts';
import { readState, type StackState, stackDir } from '../../tools/stack/state.ts';
import { keepLogs, LOGS_KEPT } from '../../tools/test/kept-logs.ts';
import { test as base } from '@playwright/test';

export { expect } from '@playwright/test';
export { eventually } from '@sagakit/testing/eventually';
export { authorizationFor };
export { CONTACT, call, jsonBody, orderBody } from '@order-saga/tools/shop/client';

/** A story that fails says where the logs of its stack lie: the stack itself is taken down soon. */
export const test = base.extend<{ logs: string }>({
  logs: [
    async ({ browserName: _ }, use, info) => {
      const dir = stackDir();
      await use(dir);
      if (info.status === info.expectedStatus) return;
      const kept = keepLogs(dir, info.title);
      if (kept === undefined) return;
      console.log(`${LOGS_KEPT}: ${kept}`);
      info.annotations.push({ type: LOGS_KEPT, description: kept });
    },
    { auto: true },
  ],
});

export function stack(): StackState {
  const state = readState(stackDir());
  if (!state) throw new Error(`no stack runs in ${stackDir()}`);
  return state;
}

/** Under whose name an action is written down: the token's subject, or with AUTH=off what the body says. */
export const actor = (said: string, client = 'tools') => (providerOf(stack()) ? client : said);

export const shop = shopAt(urlsOf(stack()));

export const kill = (component: string) => control(stack(), 'kill', component);
export const restart = (component: string) => control(stack(), 'restart', component);

/** Each story takes a product of its own, so that none counts another's pieces. */
let next = Math.floor(Math.random() * 30);
export function someSku(): string {
  next = (next % 98) + 1;
  return `SKU-${String(next).padStart(4, '0')}`;
}

/** Sets the available pieces to a number. */
export async function setAvailable(sku: string, pieces: number): Promise<void> {
  const { available } = await shop.stock(sku);
  if (available === pieces) return;
  const { status } = await shop.adjust(sku, pieces - available);
  if (status !== 200) throw new Error(`the stock of ${sku} could not be set: ${status}`);
}
