/** A relay on a test's own database, and messages for it. */
import { catalogue, RoomsKept, type BookingId, type RoomId } from '@sagakit/testing/bookings';
import type { Envelope } from '@sagakit/messages/envelope';
import type { OutboxBuffer } from '../../src/outbox/outbox.ts';
import { createOutboxBuffer } from '../../src/outbox/outbox-buffer.ts';
import type { RecordSender } from '@sagakit/kafka/port';
import { quiet } from '@sagakit/resilience/log';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import { rootContext, toEnvelope } from '../../src/to-envelope.ts';
import { newTraceparent } from '../../src/trace.ts';
import { eventually } from '@sagakit/testing/eventually';
import { type Fixture, recorder } from '../runtime-fixture.ts';

const lines = [{ room: 'R-0001' as RoomId, quantity: 1 }];
export const messages = (bookingId: BookingId, count: number): Envelope[] =>
  Array.from({ length: count }, (_, at) =>
    toEnvelope(RoomsKept({ bookingId, lines }), rootContext('story', newTraceparent()), {
      writer: { source: '/rooms', catalogue },
      sequence: at + 1,
      now: new Date(),
    }),
  );

/** With its buffer for the process' transactions: `wake` for what was written without it. */
export function relayOn(own: Fixture, sender: RecordSender): Relay & { outbox: OutboxBuffer; wake(): void } {
  const buffer = createOutboxBuffer();
  const relay = createRelay({
    catalogue,
    service: 'rooms',
    database: own.url,
    pool: own.pool,
    sender,
    buffer,
    log: quiet,
    observe: recorder().observe,
  });
  return { ...relay, outbox: buffer, wake: buffer.notify };
}

export const outboxIsEmpty = (own: Fixture) =>
  eventually('the outbox is empty', async () => (await own.query('select from outbox')).length === 0);
