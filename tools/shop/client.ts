/** A customer's and an operator's view of a running system: HTTP only, by the public contract. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { ServiceName } from '@order-saga/contracts/system';
import { eventually } from '@sagakit/testing/eventually';
import { authorizationFor, refusedThere } from '../identity/token.ts';

export type Urls = Record<ServiceName | 'psp', string>;

export type OrderView = {
  orderId: string;
  status: 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED';
  reason?: string;
  lines: { sku: string; name: string; quantity: number; unitPrice: { amount: number; currency: string } }[];
  total: { amount: number; currency: string };
  correlationId: string;
  version: number;
  placedAt: string;
  updatedAt: string;
};
export type StockView = {
  sku: string;
  name: string;
  price: { amount: number; currency: string };
  available: number;
  reserved: number;
  sold: number;
};
export type LedgerEntry = {
  orderId: string;
  kind: 'charge' | 'refund' | 'declined';
  amount: { amount: number; currency: string };
  idempotencyKey: string;
};
export type SagaView = {
  orderId: string;
  saga: string;
  status: string;
  overdue: boolean;
  steps: {
    name: string;
    status: string;
    attempts: number;
    command?: string;
    answer?: string;
    undo?: { attempts: number; sentAt: string; endedAt?: string };
  }[];
  earlier: SagaView[];
  actions: { by: string; action: string; text: string | null; outcome: string }[];
};
export type Answer<T> = { status: number; headers: Headers; body: T };

export type OrderBody = {
  customerId: string;
  lines: { sku: string; quantity: number }[];
  payment: { token: string };
  contact: object;
};

export const CONTACT = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: {
    street: '12 St James Square',
    city: 'London',
    postalCode: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
};

export function orderBody(
  lines: { sku: string; quantity: number }[],
  token = 'tok_visa',
  customerId = 'customer-1',
): OrderBody {
  return { customerId, lines, payment: { token }, contact: CONTACT };
}

/** A trace that is sampled whatever the stack samples: what is placed with it has its spans. */
export const sampledTraceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

/** With a token, if the stack that has that address asks for one. */
export async function call<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
  const own = await authorizationFor(url);
  const answer = await callWith<T>(url, init, own);
  // Its provider has another key now. What the caller has said itself is the caller's matter.
  if (answer.status !== 401 || !refusedThere(url, own.authorization)) return answer;
  return callWith<T>(url, init, await authorizationFor(url));
}

async function callWith<T>(url: string, init: RequestInit, own: object): Promise<Answer<T>> {
  const headers = { ...own, ...(init.headers as Record<string, string>) };
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000), ...init, headers });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T };
}

export const jsonBody = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Of an answer that must be as expected: a problem has a `status`, too, and is no view. */
function bodyOf<T>(what: string, { status, body }: Answer<T>, expected: number): T {
  if (status === expected) return body;
  throw new Error(`${what} was answered ${status}: ${JSON.stringify(body)}`);
}

const get = async <T>(url: string) => bodyOf(`GET ${url}`, await call<T>(url), 200);

/** What shows something rejects where it is not shown. What does something gives the answer, as it is. */
export const shopAt = (urls: Urls) => ({ urls, ...ordersAt(urls), ...operationsAt(urls) });
export type Shop = ReturnType<typeof shopAt>;

function ordersAt(urls: Urls) {
  const order = (orderId: string) => get<OrderView>(`${urls.order}/orders/${orderId}`);
  const place = (body: OrderBody, key: string = randomUUID(), headers: Record<string, string> = {}) =>
    call<OrderView>(`${urls.order}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: JSON.stringify(body),
    });
  return {
    place,
    /**
     * The order once it is accepted, as a customer has it who asks again, with the same key, where the shop
     * is busy or does not answer. Rejects at once with any other refusal.
     */
    placed: async (body: OrderBody, headers: Record<string, string> = {}) => {
      const key = randomUUID();
      let busy: unknown;
      const answer = await eventually(
        'the shop is not busy',
        async () => {
          const now = await place(body, key, headers);
          busy = now.body;
          return now.status !== 503 && now;
        },
        { everyMs: 200, seen: () => busy },
      );
      return bodyOf('POST /orders', answer, 202);
    },
    cancel: (orderId: string) =>
      call<OrderView>(`${urls.order}/orders/${orderId}/cancel`, { method: 'POST' }),
    order,
    /** The order once it is confirmed, rejected or cancelled. */
    ended: (orderId: string, withinMs = 60_000) =>
      eventually(
        `order ${orderId} ends`,
        async () => {
          const seen = await order(orderId);
          return seen.status !== 'PENDING' && seen;
        },
        { withinMs },
      ),
  };
}

function operationsAt(urls: Urls) {
  return {
    saga: (orderId: string) => get<SagaView>(`${urls['saga-orchestrator']}/sagas/${orderId}`),
    /** The saga once nothing more will happen to it. */
    sagaEnded: (orderId: string, withinMs = 60_000) =>
      eventually(
        `the saga of ${orderId} ends`,
        async () => {
          const saga = await get<SagaView>(`${urls['saga-orchestrator']}/sagas/${orderId}`);
          return (saga.status === 'completed' || saga.status === 'compensated') && saga;
        },
        { withinMs },
      ),
    /** An operator's hand on a saga: `retry`, `compensate`, `notes`. */
    operate: (orderId: string, action: string, body?: object) =>
      call<{ outcome: string; detail: string }>(
        `${urls['saga-orchestrator']}/sagas/${orderId}/${action}`,
        body ? jsonBody(body) : { method: 'POST' },
      ),
    stock: (sku: string) => get<StockView>(`${urls.inventory}/stock/${sku}`),
    allStock: () =>
      get<{ items: StockView[] }>(`${urls.inventory}/stock?limit=500`).then(({ items }) => items),
    adjust: (sku: string, quantity: number) =>
      call<StockView>(`${urls.inventory}/stock/${sku}/adjustments`, jsonBody({ quantity, reason: 'test' })),
    payment: (orderId: string) =>
      get<{ status: string; charges: number; refunds: number; amount: { amount: number } }>(
        `${urls.payment}/payments/${orderId}`,
      ),
    notifications: (orderId: string) =>
      get<{ items: { kind: string; to: string }[] }>(
        `${urls.notification}/notifications?orderId=${orderId}`,
      ).then(({ items }) => items),
    /** Faults of the provider's simulator from now on; `{}`: none. */
    setFaults: async (faults: object) =>
      bodyOf('PUT /faults', await call(`${urls.psp}/faults`, { ...jsonBody(faults), method: 'PUT' }), 200),
    ledger: (orderId?: string) =>
      get<{ items: LedgerEntry[] }>(
        `${urls.psp}/ledger${orderId === undefined ? '' : `?orderId=${orderId}`}`,
      ).then(({ items }) => items),
  };
}
