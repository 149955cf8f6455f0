import type { RecordSender } from '@sagakit/kafka/port';
import { quiet } from '@sagakit/resilience/log';
import { createDlqPublisher, type DlqPublisher } from '../../src/dead-letters/dlq-publisher.ts';
import type { Fixture } from '../runtime-fixture.ts';

/** What sends the copies of dead letters of a test's own database. */
export const publisherOn = (
  own: Fixture,
  sender: RecordSender,
  options: { leads?: () => boolean; isPersonal?: (topic: string) => boolean; everyMs?: number } = {},
): DlqPublisher =>
  createDlqPublisher({
    db: own.pool,
    sender,
    service: 'rooms',
    leads: () => true,
    isPersonal: () => false,
    log: quiet,
    ...options,
  });
