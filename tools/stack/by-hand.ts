/** What to do next from a shell, with a stack that runs: lines that work when they are pasted. */
import { CONSOLE } from '@order-saga/contracts/system';
import { providerOf } from '../identity/token.ts';
import { orderBody } from '../shop/client.ts';
import { inThisFolder } from './shell-words.ts';
import { type StackState, urlOf } from './state.ts';

/** Undefined: the stack has no console, or it does not answer. */
export async function pageOf({ components }: StackState): Promise<string | undefined> {
  const url = components.find(({ name }) => name === CONSOLE.name)?.url;
  if (url === undefined) return undefined;
  const answers = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? url : undefined;
}

export const NO_PAGE = 'The console is away, so there is no page to look at. Orders do not need it.';

/**
 * A line that places an order: through the console, so that it has a page with spans; without one, at the
 * order service.
 *
 * @param page undefined: there is none, or it is away
 */
function curlThatOrders(state: StackState, page: string | undefined): string {
  const url = page === undefined ? `${urlOf(state, 'order')}/orders` : `${page}/api/shop/orders`;
  const body = JSON.stringify(orderBody([{ sku: 'SKU-0012', quantity: 1 }], 'tok_declined'));
  const which = state.compose ? ' --compose' : '';
  const token = inThisFolder(`npm run -s token -- --as customer-1${which}`);
  const bearer = providerOf(state) ? ` -H "authorization: Bearer $(${token})"` : '';
  return `curl -sS ${url}${bearer} -H 'content-type: application/json' -H "idempotency-key: by-hand-$(date +%s)" -d '${body}'`;
}

/** Two lines: what the second is, and the second. */
export function howToOrder(state: StackState, page: string | undefined): string {
  const itsPage = page === undefined ? '' : `; its page is ${page}/stories/ and its correlationId`;
  return `Place an order from a shell${itsPage}:\n  ${curlThatOrders(state, page)}`;
}
