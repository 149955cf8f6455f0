/**
 * A system of messages for the framework's own tests: a hotel whose rooms are held, kept and freed, for a
 * deposit. It has what any system has: commands with one reply and with two, undos, events that answer
 * nothing, a compacted topic, dead letters.
 */
import { type Catalogue, createCatalogue, type TopicSettings } from '@sagakit/messages/catalogue';
import { command, event } from '@sagakit/messages/define';
import { z } from 'zod';

export const BookingId = z.uuid().lowercase().brand<'BookingId'>();
export type BookingId = z.infer<typeof BookingId>;
export const RoomId = z.string().min(1).brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;
const Amount = z.object({ amount: z.int().min(0), currency: z.string().length(3) });

const ofBooking = { bookingId: BookingId };
const subject = (data: { bookingId: string }) => data.bookingId;
const Held = z.object({ room: RoomId, quantity: z.int().min(1) });
const held = z.object({ ...ofBooking, lines: z.array(Held) });

export const BookingRequested = event('BookingRequested', 'bookings.events', z.object(ofBooking), subject);
export const BookingConfirmed = event(
  'BookingConfirmed',
  'bookings.events',
  z.object({ ...ofBooking, depositId: z.string().min(1) }),
  subject,
);
export const BookingRejected = event('BookingRejected', 'bookings.events', z.object(ofBooking), subject);
export const BookingCancelled = event('BookingCancelled', 'bookings.events', z.object(ofBooking), subject);
export const ConfirmBooking = command(
  'ConfirmBooking',
  'bookings.commands',
  z.object({ ...ofBooking, depositId: z.string().min(1) }),
  subject,
  [BookingConfirmed],
);
export const RejectBooking = command('RejectBooking', 'bookings.commands', z.object(ofBooking), subject, [
  BookingRejected,
]);
export const CancelBooking = command('CancelBooking', 'bookings.commands', z.object(ofBooking), subject, [
  BookingCancelled,
]);

export const RoomsHeld = event(
  'RoomsHeld',
  'rooms.events',
  z.object({ ...ofBooking, lines: z.array(Held).min(1) }),
  subject,
);
export const RoomsNotHeld = event(
  'RoomsNotHeld',
  'rooms.events',
  z.object({ ...ofBooking, code: z.enum(['none-free', 'undone']), missing: z.array(RoomId) }),
  subject,
);
export const RoomsFreed = event('RoomsFreed', 'rooms.events', held, subject);
export const RoomsKept = event('RoomsKept', 'rooms.events', held, subject);
export const HoldRooms = command(
  'HoldRooms',
  'rooms.commands',
  z.object({ ...ofBooking, lines: z.array(Held).min(1).max(100) }),
  subject,
  [RoomsHeld, RoomsNotHeld],
);
export const FreeRooms = command('FreeRooms', 'rooms.commands', z.object(ofBooking), subject, [RoomsFreed], {
  undo: true,
});
export const KeepRooms = command('KeepRooms', 'rooms.commands', z.object(ofBooking), subject, [RoomsKept]);
export const RoomListed = event('RoomListed', 'rooms.list', z.object({ room: RoomId }), ({ room }) => room);

export const DepositTaken = event(
  'DepositTaken',
  'deposits.events',
  z.object({ ...ofBooking, depositId: z.string().min(1), amount: Amount }),
  subject,
);
export const DepositDeclined = event(
  'DepositDeclined',
  'deposits.events',
  z.object({ ...ofBooking, code: z.string().min(1) }),
  subject,
);
export const DepositReturned = event(
  'DepositReturned',
  'deposits.events',
  z.object({ ...ofBooking, amount: Amount }),
  subject,
);
export const TakeDeposit = command(
  'TakeDeposit',
  'deposits.commands',
  z.object({ ...ofBooking, amount: Amount, token: z.string().min(1) }),
  subject,
  [DepositTaken, DepositDeclined],
);
export const ReturnDeposit = command(
  'ReturnDeposit',
  'deposits.commands',
  z.object(ofBooking),
  subject,
  [DepositReturned],
  {
    undo: true,
  },
);

export const SagaStarted = event(
  'SagaStarted',
  'sagas.events',
  z.object({ ...ofBooking, saga: z.string(), version: z.int() }),
  subject,
);

const DAY_MS = 24 * 60 * 60 * 1000;
const topic = (writer: string): TopicSettings => ({
  writer,
  partitions: 3,
  retentionMs: 7 * DAY_MS,
  segmentMs: DAY_MS,
});
const deadLetters = (writer: string): TopicSettings => ({
  writer,
  partitions: 1,
  retentionMs: 30 * DAY_MS,
  segmentMs: DAY_MS,
  maxMessageBytes: 4 * 1024 * 1024,
});

/** On a Kafka of a test: `createTopics(kafka, catalogue.topics, quiet)`. */
export const TOPICS = {
  'bookings.events': topic('bookings'),
  'bookings.commands': topic('sagas'),
  'rooms.events': topic('rooms'),
  'rooms.commands': topic('sagas'),
  'rooms.list': { writer: 'rooms', partitions: 1, compacted: true, retentionMs: -1, segmentMs: DAY_MS },
  'deposits.events': topic('deposits'),
  'deposits.commands': topic('sagas'),
  'guests.events': topic('guests'),
  'sagas.events': topic('sagas'),
  'rooms.dlq': deadLetters('rooms'),
  'deposits.dlq': deadLetters('deposits'),
} satisfies Record<string, TopicSettings>;
export type Topic = keyof typeof TOPICS;

export const catalogue: Catalogue = createCatalogue({
  name: 'hotel',
  topics: TOPICS,
  messages: [
    ...[
      BookingRequested,
      BookingConfirmed,
      BookingRejected,
      BookingCancelled,
      ConfirmBooking,
      RejectBooking,
      CancelBooking,
    ],
    ...[RoomsHeld, RoomsNotHeld, RoomsFreed, RoomsKept, HoldRooms, FreeRooms, KeepRooms, RoomListed],
    ...[DepositTaken, DepositDeclined, DepositReturned, TakeDeposit, ReturnDeposit, SagaStarted],
  ],
});
