/** All messages and topics of the example: what the hotel and the desk tell each other. */
import type { OperatorAccess } from '@sagakit/service-kit/http/auth/access';
import { createCatalogue, type TopicSettings } from '@sagakit/messages/catalogue';
import { command, event } from '@sagakit/messages/define';
import { z } from 'zod';

export const BookingId = z.uuid().lowercase().brand<'BookingId'>();
export type BookingId = z.infer<typeof BookingId>;

const ofBooking = { bookingId: BookingId };
const Bare = z.object(ofBooking);
const subject = ({ bookingId }: { bookingId: string }) => bookingId;

// What the hotel tells.
export const BookingRequested = event(
  'BookingRequested',
  'hotel.events',
  z.object({ ...ofBooking, room: z.int(), guests: z.int().min(1) }),
  subject,
);
export const RoomHeld = event('RoomHeld', 'hotel.events', Bare, subject);
export const RoomNotHeld = event(
  'RoomNotHeld',
  'hotel.events',
  z.object({ ...ofBooking, code: z.enum(['no-such-room', 'undone']) }),
  subject,
);
export const RoomFreed = event('RoomFreed', 'hotel.events', Bare, subject);
export const BreakfastPlanned = event('BreakfastPlanned', 'hotel.events', Bare, subject);
export const BreakfastRefused = event('BreakfastRefused', 'hotel.events', Bare, subject);
export const BookingConfirmed = event('BookingConfirmed', 'hotel.events', Bare, subject);
export const BookingRejected = event('BookingRejected', 'hotel.events', Bare, subject);

// What the desk asks of it.
export const HoldRoom = command(
  'HoldRoom',
  'hotel.commands',
  z.object({ ...ofBooking, room: z.int() }),
  subject,
  [RoomHeld, RoomNotHeld],
);
export const FreeRoom = command('FreeRoom', 'hotel.commands', Bare, subject, [RoomFreed], { undo: true });
export const PlanBreakfast = command(
  'PlanBreakfast',
  'hotel.commands',
  z.object({ ...ofBooking, guests: z.int().min(1) }),
  subject,
  [BreakfastPlanned, BreakfastRefused],
);
export const ConfirmBooking = command('ConfirmBooking', 'hotel.commands', Bare, subject, [BookingConfirmed]);
export const RejectBooking = command('RejectBooking', 'hotel.commands', Bare, subject, [BookingRejected]);

// What a saga tells about itself.
const ofSaga = { ...ofBooking, saga: z.string(), version: z.int() };
const why = z.object({ kind: z.string(), reason: z.string().optional() });
const sagaEvents = [
  event('SagaStarted', 'desk.events', z.object(ofSaga), subject),
  event('SagaStepTimedOut', 'desk.events', z.object({ ...ofSaga, step: z.string() }), subject),
  event('SagaCompensating', 'desk.events', z.object({ ...ofSaga, why }), subject),
  event('SagaCompleted', 'desk.events', z.object(ofSaga), subject),
  event('SagaCompensated', 'desk.events', z.object({ ...ofSaga, why }), subject),
  event('SagaNeedsAttention', 'desk.events', z.object({ ...ofSaga, step: z.string() }), subject),
];

const DAY_MS = 24 * 60 * 60 * 1000;
const topic = (writer: string): TopicSettings => ({
  writer,
  partitions: 3,
  retentionMs: 7 * DAY_MS,
  segmentMs: DAY_MS,
});

export const catalogue = createCatalogue({
  name: 'booking',
  topics: {
    'hotel.events': topic('hotel'),
    'hotel.commands': topic('desk'),
    'hotel.dlq': topic('hotel'),
    'desk.events': topic('desk'),
    'desk.dlq': topic('desk'),
  },
  messages: [
    ...[
      BookingRequested,
      RoomHeld,
      RoomNotHeld,
      RoomFreed,
      BreakfastPlanned,
      BreakfastRefused,
      BookingConfirmed,
      BookingRejected,
    ],
    ...[HoldRoom, FreeRoom, PlanBreakfast, ConfirmBooking, RejectBooking],
    ...sagaEvents,
  ],
});

/** What operators' calls ask for. */
export const OPERATORS: OperatorAccess = {
  look: { any: ['desk'] },
  act: { any: ['desk'] },
  unmasked: 'desk',
};
