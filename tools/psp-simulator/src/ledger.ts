/**
 * The provider's own book. One JSON line per entry, written before the answer is given: it survives a
 * SIGKILL.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

type Money = { amount: number; currency: string };

export type Entry = {
  orderId: string;
  kind: 'charge' | 'refund' | 'declined';
  amount: Money;
  idempotencyKey: string;
  at: string;
  /** What was answered, so that the same key gets the same answer. */
  answer: { status: number; body: object };
};

export type Ledger = {
  byKey(idempotencyKey: string): Entry | undefined;
  /**
   * Throws if the key is in the book already, or if it cannot be written (a full disk): then it is not in the
   * book.
   */
  record(entry: Entry): void;
  entries(orderId?: string): Entry[];
  close(): void;
};

export function openLedger(file: string): Ledger {
  const entries: Entry[] = [];
  const keys = new Map<string, Entry>();
  const orders = new Map<string, Entry[]>();
  const index = (entry: Entry) => {
    entries.push(entry);
    keys.set(entry.idempotencyKey, entry);
    orders.set(entry.orderId, [...(orders.get(entry.orderId) ?? []), entry]);
  };
  let text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A kill in the middle of a write leaves half a line: that entry was never answered.
  text = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const line of text.split('\n')) if (line) index(JSON.parse(line) as Entry);
  const descriptor = openSync(file, 'a');
  let length = Buffer.byteLength(text);
  // Or the next entry would be written behind the half line, and neither could be read again
  ftruncateSync(descriptor, length);
  return {
    byKey: (key) => keys.get(key),
    record(entry) {
      if (keys.has(entry.idempotencyKey))
        throw new Error(`the key ${entry.idempotencyKey} is in the book already`);
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      try {
        if (writeSync(descriptor, line) < line.length) throw new Error('the disk is full');
      } catch (error) {
        ftruncateSync(descriptor, length);
        throw error;
      }
      length += line.length;
      index(entry);
    },
    entries: (orderId) => (orderId === undefined ? entries : (orders.get(orderId) ?? [])),
    close: () => closeSync(descriptor),
  };
}
