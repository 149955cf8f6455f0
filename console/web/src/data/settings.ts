/** What this browser remembers: how the page looks, and the orders that were placed here. */
import { useSyncExternalStore } from 'react';
import type { Zone } from '../view/format.ts';

export type Settings = {
  theme: 'system' | 'light' | 'dark';
  zone: Zone;
  shortcuts: boolean;
  customerId: string;
  orders: string[];
};

const KEY = 'order-saga.console';
const FRESH: Settings = {
  theme: 'system',
  zone: 'utc',
  shortcuts: true,
  customerId: 'customer-1',
  orders: [],
};
const MOST_ORDERS = 20;

let settings = read();
const listeners = new Set<() => void>();

function read(): Settings {
  try {
    return { ...FRESH, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) };
  } catch {
    return FRESH;
  }
}

export function set(change: Partial<Settings>): void {
  settings = { ...settings, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Forgotten with the page, then.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

/** Newest first. */
export const rememberOrder = (storyId: string): void =>
  set({ orders: [storyId, ...settings.orders.filter((id) => id !== storyId)].slice(0, MOST_ORDERS) });

export function applyTheme(): void {
  const { theme } = settings;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useSettings = (): Settings => useSyncExternalStore(subscribe, () => settings);
