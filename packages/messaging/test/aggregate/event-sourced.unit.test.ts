/** An aggregate whose messages are its history. */
import {
  BookingCancelled,
  BookingConfirmed,
  type BookingId,
  CancelBooking,
  catalogue,
  ConfirmBooking,
} from '@sagakit/testing/bookings';
import type { MessageOf } from '@sagakit/messages/define';
import { column } from '@sagakit/postgres/table';
import { messagesOf } from '@sagakit/testing/participant';
import { notingTx } from '@sagakit/testing/sql';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DataOf, ignore } from '../../src/aggregate/decision.ts';
import { type DecidedEvents, eventSourced, eventStore } from '../../src/aggregate/event-sourced.ts';
import { table } from '../../src/aggregate/table.ts';
import { contextOf } from '../../src/to-envelope.ts';

const bookingId = '01900000-0000-7000-8000-000000000001' as BookingId;
const now = new Date('2026-01-01T00:00:00Z');
const key = ['booking_id', column.uuid<BookingId>()] as const;
type State = { history: string };
type Event = MessageOf<typeof BookingConfirmed> | MessageOf<typeof BookingCancelled>;

const both = (
  _: State | undefined,
  { bookingId, depositId }: DataOf<typeof ConfirmBooking>,
): DecidedEvents<Event> => [BookingConfirmed({ bookingId, depositId }), BookingCancelled({ bookingId })];
const bookings = eventSourced({
  table: table({
    name: 'states',
    key,
    columns: { history: column.text() },
    toColumns: (state: State) => state,
    toState: ({ history }): State => ({ history }),
  }),
  events: eventStore('state_events', key),
  evolve: ({ history }: State, { type }: Event) => ({ history: `${history} ${type}` }),
  conversationOf: ({ history }) => history,
})
  .on(ConfirmBooking, both)
  .on(CancelBooking, () => ignore('never'));

const { envelopeOf } = messagesOf(catalogue);
async function decided(message: Parameters<typeof envelopeOf>[0], rows: object[]) {
  const envelope = envelopeOf(message);
  const input = { message: envelope, cause: contextOf(envelope) };
  const unit = await bookings.bind({ source: '/bookings', catalogue }).load(notingTx(rows).tx, [input]);
  return { unit, outcome: () => unit.handle(input, now) };
}
const begun = { booking_id: bookingId, version: 3, sequence: 5, answers: {}, history: 'BookingRequested' };

describe('events that are decided', () => {
  it('make the state, are told, and are the history', async () => {
    const { unit, outcome } = await decided(ConfirmBooking({ bookingId, depositId: 'p' }), [begun]);
    const { messages } = outcome();
    const [saved, appended] = unit.save();
    const [row] = JSON.parse(String(saved?.values[0])) as [Record<string, unknown>];
    assert.deepEqual(
      [row['history'], row['version'], row['sequence']],
      ['BookingRequested BookingConfirmed BookingCancelled', 4, 7],
    );
    assert.equal(appended?.name, 'state-events-append');
    assert.match(
      appended.text,
      /^insert into state_events \(booking_id, sequence, message_id, type, data, time\)\s+select booking_id, sequence, message_id, type, data, time\s+from jsonb_to_recordset\(\$1::jsonb\) as r\s+\(booking_id uuid, /,
    );
    assert.deepEqual(
      JSON.parse(String(appended.values[0])),
      messages.map(({ id, type, data, time }, at) => ({
        booking_id: bookingId,
        sequence: 6 + at,
        message_id: id,
        type,
        data,
        time,
      })),
    );
  });
  it('may be none, by name: then nothing is written', async () => {
    const { unit, outcome } = await decided(CancelBooking({ bookingId }), [begun]);
    assert.equal(outcome().ignored, 'never');
    assert.deepEqual(unit.save(), []);
  });
  it('are none of a subject that has not begun: a bug to see', async () => {
    const { outcome } = await decided(ConfirmBooking({ bookingId, depositId: 'p' }), []);
    assert.throws(outcome, /an event of a subject that has not begun/);
  });
});
