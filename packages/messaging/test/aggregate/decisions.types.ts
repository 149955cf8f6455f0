/**
 * What must not compile where messages are decided about: `tsc` (npm run check) fails if a line below
 * `@ts-expect-error` ever compiles.
 */
import {
  CancelBooking,
  catalogue,
  ConfirmBooking,
  BookingCancelled,
  BookingConfirmed,
  RejectBooking,
  type BookingId,
} from '@sagakit/testing/bookings';
import type { Envelope } from '@sagakit/messages/envelope';
import { column } from '@sagakit/postgres/table';
import { z } from 'zod';
import { aggregate } from '../../src/aggregate/aggregate.ts';
import {
  causedBy,
  type Context,
  type DataOf,
  decide,
  type Decision,
  type ResultOf,
} from '../../src/aggregate/decision.ts';
import { table } from '../../src/aggregate/table.ts';
import { type Effect, effect } from '../../src/effects/effect.ts';
import { type MessageContext, toEnvelope } from '../../src/to-envelope.ts';

type State = { open: boolean };

const confirm = (state: State | undefined, data: DataOf<typeof ConfirmBooking>): Decision<State> =>
  decide<State>(state ?? { open: true }, [BookingConfirmed(data)]);
const cancel = (_: State | undefined, { bookingId }: DataOf<typeof CancelBooking>): Decision<State> =>
  decide<State>({ open: false }, [BookingCancelled({ bookingId })]);
const called = (_: State | undefined, { outcome }: ResultOf<typeof call>): Decision<State> =>
  decide<State>({ open: outcome === 'good' });
const whateverBooking = (_: State | undefined, data: { bookingId: BookingId }): Decision<State> =>
  decide<State>({ open: true }, [BookingCancelled(data)]);
const ofAnother = (): Decision<{ closed: boolean }> => decide({ closed: true });

const call = effect('call', z.object({ number: z.string() }), z.object({ outcome: z.enum(['good', 'bad']) }));
const mail = effect('letter', z.object({ to: z.string() }), z.object({ outcome: z.enum(['good', 'bad']) }));

const states = table({
  name: 'states',
  key: ['booking_id', column.uuid<BookingId>()],
  columns: {
    open: column.text<'yes' | 'no'>(),
    seen: column.derived(column.int()),
    saved_at: column.savedAt(),
  },
  toColumns: ({ open }: State) => ({ open: open ? 'yes' : 'no', seen: 1 }) as const,
  toState: ({ open }): State => ({ open: open === 'yes' }),
});

export const lists = () => {
  const own = aggregate({ table: states });
  own.on(ConfirmBooking, confirm).on(CancelBooking, cancel).onResult(call, called);
  // It says itself that any data with a booking's id will do.
  own.on(CancelBooking, whateverBooking).on(RejectBooking, whateverBooking);
  // @ts-expect-error a decision about another message: it would read a depositId that is not there
  own.on(CancelBooking, confirm);
  // @ts-expect-error nor one that would find all that it reads: cancelling is not confirming
  own.on(ConfirmBooking, cancel);
  // @ts-expect-error a message's decision is none about a result
  own.onResult(call, cancel);
  // @ts-expect-error nor is that of another call, whose results look alike
  own.onResult(mail, called);
  // @ts-expect-error the state is another
  own.on(CancelBooking, ofAnother);
  // @ts-expect-error the subject is no room
  own.on(CancelBooking, (_: State | undefined, __: DataOf<typeof CancelBooking>, ___: Context<'a room'>) =>
    decide({ open: true }),
  );
};

export const tables = () => [
  table({
    name: 'states',
    key: ['booking_id', column.uuid<BookingId>()],
    columns: { open: column.text(), seen: column.int() },
    // @ts-expect-error a column is left out
    toColumns: ({ open }: State) => ({ open: String(open) }),
    toState: ({ open }): State => ({ open: open === 'yes' }),
  }),
  table({
    name: 'states',
    key: ['booking_id', column.uuid<BookingId>()],
    columns: { open: column.text(), seen: column.derived(column.int()) },
    toColumns: ({ open }: State) => ({ open: String(open), seen: 1 }),
    // @ts-expect-error a derived column is not read
    toState: ({ seen }): State => ({ open: seen > 0 }),
  }),
];

declare const command: Envelope<'CancelBooking', { bookingId: BookingId }>;
declare const cause: MessageContext;

export const decisions = (): Decision<State>[] => [
  cancel(undefined, { bookingId: command.data.bookingId }),
  decide<State>({ open: true }, [
    BookingCancelled(command.data),
    causedBy(cause, BookingCancelled(command.data)),
  ]),
  decide<State>({ open: true }, [], [call({ number: '1' }), causedBy(cause, call({ number: '1' }))], [call]),
  // @ts-expect-error a state of another shape
  decide<State>({ closed: false }),
  // @ts-expect-error a message's data is checked in a decision too
  decide<State>({ open: true }, [BookingConfirmed(command.data)]),
  // @ts-expect-error a message is made by its definition
  decide<State>({ open: true }, [{ type: 'BookingCancelled', data: { nonsense: 1 } }]),
  // @ts-expect-error a cause makes no message of a literal
  decide<State>({ open: true }, [causedBy(cause, { type: 'BookingCancelled', data: {} })]),
  // @ts-expect-error an envelope is no message: what was read cannot be told again as if it were decided
  decide<State>({ open: true }, [command]),
  // @ts-expect-error a request of another shape
  decide<State>({ open: true }, [], [call({ to: 'me' })]),
];

export const adapters = () => [
  call.handledBy({
    timeoutMs: 1,
    backoff: { initialMs: 1, maxMs: 1 },
    call: async () => ({ outcome: 'good' }),
  }),
  call.handledBy({
    timeoutMs: 1,
    backoff: { initialMs: 1, maxMs: 1 },
    // @ts-expect-error a result of another shape
    call: async () => ({ outcome: 'none' }),
  }),
];

declare const collect: Effect<'collect', { amount: number }>;
export const effects: Effect<'collect', { amount: number }>[] = [
  collect,
  // @ts-expect-error an effect of another kind
  { kind: 'give-back', request: { amount: 1 } },
];

export const enveloped = (): Envelope[] => [
  // @ts-expect-error only what a definition made can be put into an envelope
  toEnvelope({ type: 'BookingCancelled', data: { nonsense: 1 } }, cause, {
    writer: { source: '/x', catalogue },
    sequence: 1,
    now: new Date(0),
  }),
];
