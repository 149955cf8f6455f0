/** The fifty orders that are being placed: they go on while another page is shown, and can be stopped. */
import type { Placed, Product } from '@order-saga/console/api';
import { useSyncExternalStore } from 'react';
import { toOrder } from '../view/basket.ts';
import { type ComeBack, type PlacedOne, placeAll, planned } from '../view/mixed-orders.ts';
import { ApiError, post } from './client.ts';
import { queries } from './queries.ts';

export type Run = {
  state: 'running' | 'done' | 'stopped' | 'failed';
  of: number;
  placed: readonly PlacedOne[];
  customerId: string;
  /** When it began: its stories are found by it. */
  from: string;
  waiting?: ComeBack | undefined;
  error?: unknown;
};

let run: Run | undefined;
let stopping: AbortController | undefined;
const listeners = new Set<() => void>();

function change(next: Partial<Run>): void {
  if (!run) return;
  run = { ...run, ...next };
  for (const listener of listeners) listener();
}

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });

const BUSY = [429, 503];
/** Nobody answered: it may have been taken, and the same key asks for the same order. */
const NOBODY = 0;

function comeBack(error: unknown): ComeBack | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { problem, retryAfterS } = error;
  if (BUSY.includes(problem.status)) return { inS: retryAfterS ?? 1 };
  return problem.status === NOBODY ? { inS: 2 } : undefined;
}

const TOO_LATE = 409;

/** It was rejected meanwhile: that is an end too. */
function unlessTooLate(error: unknown): void {
  if (!(error instanceof ApiError && error.problem.status === TOO_LATE)) throw error;
}

export function startMixed(products: readonly Product[], customerId: string): void {
  if (run?.state === 'running') return;
  const plan = planned(products);
  const { signal } = (stopping = new AbortController());
  run = { state: 'running', of: plan.length, placed: [], customerId, from: new Date().toISOString() };
  change({});
  const ended = (state: Run['state'], error?: unknown) => {
    change({ state, error, waiting: undefined });
    void queries.invalidateQueries({ queryKey: ['products'] });
  };
  placeAll(
    plan,
    {
      place: ({ sku, quantity, token }, key) =>
        post<Placed>('/api/shop/orders', toOrder({ [sku]: quantity }, { customerId, token }), {
          'idempotency-key': key,
        }),
      cancel: (orderId) => post(`/api/shop/orders/${orderId}/cancel`, {}).catch(unlessTooLate),
      comeBack,
      wait,
      newKey: () => crypto.randomUUID(),
      onPlaced: (one) => change({ placed: [...(run?.placed ?? []), one] }),
      onWaiting: (waiting) => change({ waiting }),
    },
    signal,
  ).then(
    () => ended('done'),
    (error: unknown) => (signal.aborted ? ended('stopped') : ended('failed', error)),
  );
}

export const stopMixed = (): void => stopping?.abort();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useMixedRun = (): Run | undefined => useSyncExternalStore(subscribe, () => run);
