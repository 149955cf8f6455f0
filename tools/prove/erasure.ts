/** Where a customer who was erased would still be found: see mechanisms.ts. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const ERASED = integration('services/notification/test/erased.integration.test.ts');
const ERASURES = integration('services/order/test/erasures.integration.test.ts');

export const ERASURE: readonly Mechanism[] = [
  {
    failure: 'contact that is parked when it is taken back',
    mechanism: 'what is parked under a key goes with what was said about it',
    file: 'packages/messaging/src/dead-letters/erase.ts',
    cut: '    eraseDeadLetters(consumer, keys),\n',
    paste: '',
    test: ERASED,
  },
  {
    failure: 'erasure behind a parked message',
    mechanism: 'what takes back waits behind nothing',
    file: 'packages/messaging/src/inbox/decide-batch.ts',
    cut: 'erases === true || ',
    paste: '',
    test: ERASED,
  },
  {
    failure: 'mail given up while its contact is erased',
    mechanism: 'a call whose row is gone is not parked',
    file: 'packages/messaging/src/effects/record-failure.ts',
    cut: 'if (isThere) await',
    paste: 'await',
    test: ERASED,
  },
  {
    failure: 'contact on a topic that forgets nothing',
    mechanism: 'copies of what may be taken back say nothing',
    file: 'packages/messaging/src/dead-letters/dlq-publisher.ts',
    cut: '      value: null,\n',
    paste: '',
    test: integration('packages/messaging/test/dead-letters/dlq-publisher.integration.test.ts'),
  },
  {
    failure: 'contact in a log',
    mechanism: 'words about what is wrong quote nothing',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: 'withoutQuote((error as Error).message)',
    paste: '(error as Error).message',
    test: ERASED,
  },
  {
    failure: 'crash in the middle of an erasure',
    mechanism: 'each batch says how far it is, in its own transaction',
    file: 'services/order/src/erasing.ts',
    cut: 'isLast ? undefined : found.at(-1)',
    paste: 'undefined',
    test: ERASURES,
  },
  {
    failure: 'order placed while its customer is erased',
    mechanism: 'it is looked a second time, and never beyond the request',
    file: 'services/order/src/storage/erasures.ts',
    cut: "(done_at is null or requested_at < now() - $1 * interval '1 ms')",
    paste: 'done_at is null and $1 is not null',
    test: ERASURES,
  },
  {
    failure: 'hash of a contact',
    mechanism: 'it is emptied with the contact',
    file: 'services/order/src/erasing.ts',
    cut: '      ...forgetBodies(found),\n',
    paste: '',
    test: ERASURES,
  },
  {
    failure: 'personal data of another customer',
    mechanism: 'it is as if they were not there',
    file: 'services/order/src/http/personal-data.ts',
    cut: '(onlyOf === undefined || onlyOf === customerId) && ',
    paste: '',
    test: integration('tools/test/who-may-do-what.integration.test.ts'),
  },
  {
    failure: "mail that lies on in the demo's mail server",
    mechanism: 'it is told to forget, by what the mails are about',
    file: 'tools/mail-sink/box.ts',
    cut: '!messageIdOf(raw).includes(part)',
    paste: 'messageIdOf(raw) !== part',
    test: unit('tools/mail-sink/test/mail-server.unit.test.ts'),
  },
];
