import type { RecordHeaders } from './headers.ts';

/** A record as Kafka delivered it. Kept whole, so that what cannot be read can be parked byte for byte. */
export type RawRecord = {
  topic: string;
  partition: number;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: RecordHeaders;
  /** In milliseconds since 1970, as the broker has it. Absent for what is read from the database. */
  timestamp?: string;
  /** Set if it was not even taken apart; then `value` is evidence, and not what was sent. */
  refused?: Refused;
};

/** What one is parked for before anybody looks at what it says. */
export type Refused = { reason: 'too-large' | 'unreadable-batch'; error: string };
