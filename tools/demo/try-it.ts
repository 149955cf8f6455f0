/** What to do next: in the page, and from a shell. Pure. */
import { orderBody } from '../shop/client.ts';

/**
 * A line that places an order when it is pasted into a shell: through the console, so that it has a page with
 * spans; without one, at the order service.
 *
 * @param urls.token what prints a customer's token; undefined: none is asked for
 * @param urls.console undefined: there is none, or it is away
 */
export function curlFor(urls: {
  console?: string | undefined;
  order: string;
  token?: string | undefined;
}): string {
  const url = urls.console === undefined ? `${urls.order}/orders` : `${urls.console}/api/shop/orders`;
  const body = JSON.stringify(orderBody([{ sku: 'SKU-0012', quantity: 1 }], 'tok_declined'));
  const bearer = urls.token === undefined ? '' : ` -H "authorization: Bearer $(${urls.token})"`;
  return `curl -sS ${url}${bearer} -H 'content-type: application/json' -H "idempotency-key: by-hand-$(date +%s)" -d '${body}'`;
}

export const inThePage = (url: string): string => `Open ${url} and try:
  a declined card   Overview, "A declined card": watch what was reserved being given back
  step through      in a story, ◀ and ▶ go back and forth in its time; ?at=9 is a link to that moment
  why               open a message: its cause, its effects, who read it, its payload; "causes" shows all as a tree
  cancel            Shop: place one with a good card, then cancel it: a second saga undoes the first
  find              press / and type any id, or its last eight characters`;
