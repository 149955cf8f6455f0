/** What keeps personal data and secrets where they belong. */
import { integration, type Mechanism, unit } from './mechanism.ts';

const LOGS_AND_TRACES = unit('packages/service-kit/test/logs-and-traces.unit.test.ts');
const RECIPIENTS = integration('services/notification/test/recipients.integration.test.ts');

export const PERSONAL: readonly Mechanism[] = [
  {
    failure: 'personal data where a tool can read it',
    mechanism: 'its topic is read by who says so',
    file: 'contracts/src/rights.ts',
    cut: 'ALL.filter((topic) => !PERSONAL.has(topic)),',
    paste: 'ALL.filter((topic) => PERSONAL.size > 0 || topic),',
    test: unit('contracts/test/rights.unit.test.ts'),
  },
  {
    failure: 'outcome that overtakes the contact',
    mechanism: 'what comes first waits for the other',
    file: 'services/notification/src/domain/recipient.ts',
    cut: 'asked: waiting.map(({ kind }) => kind) };\n      const mails = waiting.map(',
    paste: 'asked: waiting.map(({ kind }) => kind) };\n      const mails = waiting.slice(1).map(',
    test: unit('services/notification/test/recipient.unit.test.ts'),
  },
  {
    failure: 'contact that comes back after it was taken back',
    mechanism: 'who was erased stays unknown',
    file: 'services/notification/src/domain/recipient.ts',
    cut: "    case 'erased':\n      return ignore('contact-erased');\n    case undefined:\n      return decide",
    paste: "    case 'erased':\n    case undefined:\n      return decide",
    test: RECIPIENTS,
  },
  {
    failure: 'erasure that is taken for rubbish',
    mechanism: 'a record without a value takes back what was said',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: 'if (erasure) return readErasure(',
    paste: "if (erasure?.type === '') return readErasure(",
    test: unit('packages/messaging/test/inbox/erasures.unit.test.ts'),
  },
  {
    failure: 'order of the release before, in flight',
    mechanism: 'its OrderPlaced has the contact, and is read',
    file: 'services/notification/src/release-before.ts',
    cut: "'contact' in data,",
    paste: "'contacts' in data,",
    test: RECIPIENTS,
  },
  {
    failure: 'contact that the release before writes into the history',
    mechanism: 'a trigger puts it where it can be erased',
    file: 'services/order/prisma/migrations/20261126010000_contacts_apart/migration.sql',
    cut: `NEW."data" ? 'contact')`,
    paste: `NEW."data" ? 'contacts')`,
    test: integration('services/order/test/contacts-apart.integration.test.ts'),
  },
  {
    failure: 'card token kept for ever',
    mechanism: 'what is secret in a saga is emptied at its end',
    file: 'packages/saga/src/moves.ts',
    cut: 'forgets.map((name) => [name, {}])',
    paste: 'forgets.slice(99).map((name) => [name, {}])',
    test: unit('packages/saga/test/moves.unit.test.ts'),
  },
  {
    failure: 'parked message that shows who somebody is',
    mechanism: 'what the schema marks is masked',
    file: 'packages/messaging/src/dead-letters/mask.ts',
    cut: 'if (masked === value && !hides) return deadLetter;',
    paste: 'if (masked !== undefined) return deadLetter;',
    test: unit('packages/messaging/test/dead-letters/mask.unit.test.ts'),
  },
  {
    failure: 'personal data under a name that nobody has marked',
    mechanism: 'of what can be taken back only what its schema has is shown',
    file: 'packages/messages/src/personal.ts',
    cut: 'own ? own.hidden : closed || names.has(name)',
    paste: 'own ? own.hidden : (closed && name === ``) || names.has(name)',
    test: unit('packages/messages/test/personal.unit.test.ts'),
  },
  {
    failure: 'address that is left in a copy which nobody takes back',
    mechanism: 'of a contact nothing is kept there',
    file: 'packages/messages/src/personal.ts',
    cut: 'rule.closed ? nothingLeft : rule.left',
    paste: 'rule.closed ? rule.left : nothingLeft',
    test: unit('packages/messages/test/personal.unit.test.ts'),
  },
  {
    failure: 'row that PostgreSQL quotes into a log',
    mechanism: 'its words about values are not written',
    file: 'packages/service-kit/src/logging.ts',
    cut: '  return said;',
    paste: '  return { ...said, detail: _, where: __ };',
    test: LOGS_AND_TRACES,
  },
  {
    failure: 'somebody who is looked for, in a trace',
    mechanism: 'of a query the names alone are traced',
    file: 'packages/service-kit/src/telemetry.ts',
    cut: 'asked.map(([name]) => `${name}=…`)',
    paste: 'asked.map(([name, value]) => `${name}=${value}`)',
    test: LOGS_AND_TRACES,
  },
];
