import type { RecordSender } from '@sagakit/kafka/kafkajs/producer';
import { quiet } from '@sagakit/resilience/log';
import { createDlqPublisher, type DlqPublisher } from '../../src/dead-letters/dlq-publisher.ts';
import type { Fixture } from '../runtime-fixture.ts';

/** What sends the copies of dead letters of a test's own database. */
export const publisherOn = (own: Fixture, sender: RecordSender, leads = () => true): DlqPublisher =>
  createDlqPublisher({ db: own.pool, sender, service: 'rooms', leads, log: quiet });
