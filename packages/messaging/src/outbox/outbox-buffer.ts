/**
 * The fast path of the relay, in memory: while this process leads, the messages that its transactions write
 * are kept here, so that the relay need not read them back, and scans of the outbox travel with their COMMITs
 * (see scan-schedule.ts). That saves one trip to the database and one commit per batch. While another replica
 * leads nothing is kept, and no scan travels along.
 */
import type { OutboxBuffer, StoredMessage } from './outbox.ts';
import { createScanSchedule, type ScanSchedule } from './scan-schedule.ts';

/** What the relay that leads knows of the outbox. */
export type LedOutbox = ScanSchedule & {
  /** The message, if it was written by this process; once. */
  take(id: string): StoredMessage | undefined;
};

/** The relay's end. */
export type RelayBuffer = OutboxBuffer & {
  /** @param wake called when there may be something to send; also while another replica leads */
  listen(wake: () => void): void;
  /**
   * This process sends from now on. Nothing of a time before is known: another replica may have sent since.
   */
  lead(): LedOutbox;
  stepDown(): void;
};

/** Messages kept; the oldest make room: the relay may have read a row before its COMMIT was heard of here. */
const MAX_KEPT = 2_000;

export function createOutboxBuffer(): RelayBuffer {
  let led: { messages: Map<string, StoredMessage>; schedule: ScanSchedule } | undefined;
  let wake: () => void = () => {};

  function notify(): void {
    led?.schedule.request();
    wake();
  }

  return {
    add(id, message) {
      if (!led) return;
      const { messages } = led;
      if (messages.size >= MAX_KEPT) messages.delete(messages.keys().next().value as string);
      messages.set(id, message);
    },
    piggyback() {
      const mine = led;
      if (!mine?.schedule.mayPiggyback()) return undefined;
      const scan = mine.schedule.scan(performance.now());
      return {
        statement: scan.statement,
        onRows(rows) {
          scan.onRows(rows);
          if (led === mine) wake();
          else notify(); // whoever leads now has not seen them
        },
        onError() {
          scan.onError();
          wake();
        },
      };
    },
    notify,
    listen(to) {
      wake = to;
    },
    lead() {
      const messages = new Map<string, StoredMessage>();
      const schedule = createScanSchedule();
      led = { messages, schedule };
      return {
        ...schedule,
        take(id) {
          const message = messages.get(id);
          messages.delete(id);
          return message;
        },
      };
    },
    stepDown() {
      led = undefined;
    },
  };
}
