/** What was typed before this code was here: public/early-keys.js has kept it. */
import { searchIn, type Typed } from '../view/early-keys.ts';

declare global {
  interface Window {
    /** Keeps no more, and gives what it has kept. */
    earlyKeys?: () => string[];
  }
}

/** Once: what is typed from now on reaches whoever listens. */
export function takeEarlyKeys(): Typed | undefined {
  const keys = window.earlyKeys?.() ?? [];
  delete window.earlyKeys;
  return searchIn(keys);
}
