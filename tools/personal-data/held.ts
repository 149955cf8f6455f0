/** What is held of a customer, page by page, as the services say it. */
import type { Contact } from '@order-saga/contracts/values';
import { ask } from '../operator/ask.ts';
import { type StackState, urlOf } from '../stack/state.ts';

export type Held = {
  customerId: string;
  holders: { holder: string; holds: string; for: string }[];
  items: { orderId: string; placedAt: string; contact: Contact }[];
  nextCursor?: string;
  erasures: { requestedAt: string; by: string; orders: number; doneAt: string | null }[];
};
export type Order = { orderId: string; placedAt: string; [field: string]: unknown };
type Mail = { kind: string; to: string; sentAt: string };

const AT_ONCE = 200;

export const personalDataOf = (state: StackState, customerId: string): string =>
  `${urlOf(state, 'order')}/customers/${encodeURIComponent(customerId)}/personal-data`;

/** Each page of a list. */
export async function* pagesOf<Page extends { nextCursor?: string }>(
  url: string,
  filters: Record<string, string> = {},
): AsyncGenerator<Page> {
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ ...filters, limit: String(AT_ONCE), ...(cursor ? { cursor } : {}) });
    const page = await ask<Page>(`${url}?${query}`);
    yield page;
    cursor = page.nextCursor;
  } while (cursor);
}

/** Newest first. */
export async function* ordersOf(state: StackState, customerId: string): AsyncGenerator<Order> {
  for await (const { items } of pagesOf<{ items: Order[]; nextCursor?: string }>(
    `${urlOf(state, 'order')}/orders`,
    { customerId },
  ))
    yield* items;
}

/**
 * All of it as one document: each order with its contact (null: it was erased) and the mails about it. Throws
 * rather than give a part of it.
 */
export async function wholeOf(state: StackState, customerId: string): Promise<object> {
  const pages: Held[] = [];
  for await (const page of pagesOf<Held>(personalDataOf(state, customerId))) pages.push(page);
  const { holders, erasures } = pages[0] as Held;
  const contacts = new Map(
    pages.flatMap(({ items }) => items.map(({ orderId, contact }) => [orderId, contact] as const)),
  );
  const orders: object[] = [];
  for await (const order of ordersOf(state, customerId)) {
    const { orderId } = order;
    const { items } = await ask<{ items: (Mail & { orderId: string })[] }>(
      `${urlOf(state, 'notification')}/notifications?orderId=${orderId}`,
    );
    const mails = items.map(({ kind, to, sentAt }) => ({ kind, to, sentAt }));
    orders.push({ ...order, contact: contacts.get(orderId) ?? null, mails });
  }
  return { customerId, holders, orders, erasures };
}
