import { runsSagas } from '@sagakit/saga/service';
import type { Release } from '@sagakit/saga/release';
import { readSettings } from '@sagakit/service-kit/config';
import { type RunningService, startService } from '@sagakit/service-kit/service';
import { BookingId, catalogue, OPERATORS } from '../messages.ts';
import { bookARoom } from './book-a-room.saga.ts';

export const RELEASE: Release = {
  subject: { field: 'bookingId', column: 'booking_id', type: 'uuid', id: BookingId, one: 'a booking' },
  sourceFileOf: (name) => `examples/booking/src/desk/${name}.saga.ts`,
  started: [bookARoom],
  alsoRunning: [],
};

/** The desk: it decides nothing about rooms, it runs the saga of each booking. */
export const startDesk = (
  environment: NodeJS.ProcessEnv,
  options: { onDead: (error: Error) => void },
): Promise<RunningService> =>
  startService(
    {
      name: 'desk',
      catalogue,
      config: readSettings(environment),
      migrations: new URL('migrations/', import.meta.url),
      ...runsSagas(RELEASE, { operators: OPERATORS }),
    },
    options,
  );
