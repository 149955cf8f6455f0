/**
 * Each failure that breaks naive systems, the mechanism that stands against it, how to take that out, and the test that must then fail.
 * `npm run prove` does it; docs/reliability.md shows the same rows, and a test keeps the two alike.
 */
export type Mechanism = {
  /** The row of docs/reliability.md. */
  failure: string;
  mechanism: string;
  file: string;
  /** Exactly one place in the file; `paste` stands there instead. */
  cut: string;
  paste: string;
  test: { kind: 'unit' | 'integration' | 'e2e'; file: string; /** Part of the test's name (e2e). */ name?: string };
};

const unit = (file: string) => ({ kind: 'unit' as const, file });
const integration = (file: string) => ({ kind: 'integration' as const, file });
const e2e = (file: string, name: string) => ({ kind: 'e2e' as const, file, name });

const PROCESSOR = integration('packages/service-kit/test/processor.integration.test.ts');
const RELAY = integration('packages/service-kit/test/relay.integration.test.ts');
const LETTERS = integration('packages/service-kit/test/dead-letters.integration.test.ts');
const VERSIONS = integration('services/saga-orchestrator/test/versions.integration.test.ts');
const SCHEDULES = unit('services/saga-orchestrator/test/random-schedules.unit.test.ts');

export const MECHANISMS: readonly Mechanism[] = [
  {
    failure: 'duplicate delivery',
    mechanism: 'the inbox, in the transaction of the effect',
    file: 'packages/messaging/src/inbox.ts',
    cut: 'return new Set(rows.map(keyOf));',
    paste: 'return new Set([...rows, ...keys].map(keyOf));',
    test: PROCESSOR,
  },
  {
    failure: 'crash between commit and publish',
    mechanism: 'a row leaves the outbox after it was sent, never before',
    file: 'packages/messaging/src/relay.ts',
    cut: 'await sendRows(rows, beat);',
    paste: 'await nextOutboxRows(client, rows.map(({ id }) => id), 0); await sendRows(rows, beat);',
    test: RELAY,
  },
  {
    failure: 'crash before the offset commit',
    mechanism: 'offsets after the database',
    file: 'packages/messaging/src/kafka/consumer.ts',
    cut: 'const records = live.flatMap(',
    paste:
      'for (const { batch: b } of live) toCommit.set(`${b.topic}/${b.partition}`, { topic: b.topic, partition: b.partition, offset: (BigInt(b.lastOffset()) + 1n).toString() });\n        const records = live.flatMap(',
    test: integration('packages/service-kit/test/consumer.integration.test.ts'),
  },
  {
    failure: "COMMIT's outcome unknown",
    mechanism: 'a lost connection means: run it again, the inbox finds what was done',
    file: 'packages/messaging/src/transaction.ts',
    cut: "return error instanceof Error && error.name === 'Error';",
    paste: 'return false;',
    test: integration('packages/service-kit/test/commit-unknown.integration.test.ts'),
  },
  {
    failure: 'zombie consumer after a rebalance',
    mechanism: 'compare and set on the version',
    file: 'packages/messaging/src/statement.ts',
    cut: 'raise_if_stale(count(*), $2)',
    paste: 'count(*), $2::int',
    test: PROCESSOR,
  },
  {
    failure: 'reply overtakes or is reordered across topics',
    mechanism: "the saga's state decides which reply counts",
    file: 'services/saga-orchestrator/src/engine/react.ts',
    cut: 'const read = step.on[reply.type];',
    paste:
      'const read = Object.assign({}, ...definition.steps.map((each) => each.on))[reply.type] as Step["on"][string] | undefined;',
    test: SCHEDULES,
  },
  {
    failure: 'timeout races a late success',
    mechanism: 'silence means unknown: the silent step is undone too',
    file: 'services/saga-orchestrator/src/engine/react.ts',
    cut: "return turnBackSilent(definition, state, state.cancel ? { kind: 'cancelled' } : { kind: 'silent' }, now);",
    paste: "return turnBack(definition, state, state.cancel ? { kind: 'cancelled' } : { kind: 'silent' }, now);",
    test: SCHEDULES,
  },
  {
    failure: 'undo before do',
    mechanism: "a tombstone refuses the do (inventory's)",
    file: 'services/inventory/src/domain/reservation.ts',
    cut: "    case 'RELEASED':\n      return decide(holding, [InventoryReservationRejected({ orderId, code: 'undone', missing: [] })]);\n",
    paste: "    case 'RELEASED':\n      break;\n",
    test: unit('services/inventory/test/reservation.unit.test.ts'),
  },
  {
    failure: 'undo before do (money)',
    mechanism: "a tombstone refuses the do (payment's)",
    file: 'services/payment/src/domain/payment.ts',
    cut: "    case undefined:\n      return decide<Payment>({ status: 'CHARGING'",
    paste: "    case 'UNDONE' as never:\n    case undefined:\n      return decide<Payment>({ status: 'CHARGING'",
    test: unit('services/payment/test/payment.unit.test.ts'),
  },
  {
    failure: 'compensation fails',
    mechanism: 'refunds are called for ever',
    file: 'services/payment/src/provider.ts',
    cut: "      answer: 'RefundAnswered',",
    paste: "      answer: 'RefundAnswered', maxAttempts: 2,",
    test: e2e('failures/provider', 'refunds that are refused'),
  },
  {
    failure: 'double refund',
    mechanism: "the provider's idempotency key",
    file: 'services/payment/src/provider.ts',
    cut: 'const key = `${subject}/refund`;',
    paste: 'const key = `${subject}/refund/${Math.random()}`;',
    test: e2e('failures/provider', 'refunds that are refused'),
  },
  {
    failure: 'stale dead letter replayed',
    mechanism: 'a replay is decided on the state of now',
    file: 'services/inventory/src/domain/reservation.ts',
    cut: "    case 'RELEASED':\n      return decide(holding, [InventoryReservationRejected({ orderId, code: 'undone', missing: [] })]);\n",
    paste: "    case 'RELEASED':\n      break;\n",
    test: e2e('failures/dead-letters', 'a stale command'),
  },
  {
    failure: 'lost update, oversell',
    mechanism: 'the locked row decides what is available',
    file: 'services/inventory/src/domain/reservation.ts',
    cut: 'return available < quantity ?',
    paste: 'return available < 0 ?',
    test: e2e('order-refused', '200 buyers'),
  },
  {
    failure: 'idempotency key with another body',
    mechanism: "the body's hash is stored with the key",
    file: 'services/order/src/http/place-order.ts',
    cut: 'before.requestHash === request.hash ?',
    paste: 'before ?',
    test: e2e('http-contract', 'the same key with another body'),
  },
  {
    failure: 'oversized message',
    mechanism: "refused at HTTP, well under the broker's limit",
    file: 'packages/service-kit/src/http/server.ts',
    cut: "const MAX_BODY = '64kb';",
    paste: "const MAX_BODY = '64mb';",
    test: e2e('http-contract', 'over 64 KiB'),
  },
  {
    failure: 'oversized message (backlog)',
    mechanism: 'the relay sends no more at once than the broker takes',
    file: 'packages/messaging/src/kafka/chunks.ts',
    cut: 'last && bytes <= room',
    paste: 'last',
    test: RELAY,
  },
  {
    failure: 'event loop',
    mechanism: 'a bound on hops',
    file: 'packages/messaging/src/open.ts',
    cut: 'message.hops > MAX_HOPS',
    paste: 'message.hops < 0',
    test: unit('packages/messaging/test/open.unit.test.ts'),
  },
  {
    failure: 'broker down for a minute',
    mechanism: "the broker's absence is nobody's silence",
    file: 'packages/messaging/src/kafka/consumer.ts',
    cut: 'caughtUp: () => joined && !silent() && catchUp.done(),',
    paste: 'caughtUp: () => joined && catchUp.done(),',
    test: e2e('failures/broker-away', 'orders that wait'),
  },
  {
    failure: 'orchestrator stopped for an hour',
    mechanism: 'deadlines wait until what lies unread is read',
    file: 'services/saga-orchestrator/src/deadlines/expire.ts',
    cut: '!consumer.caughtUp() || ',
    paste: '',
    test: integration('services/saga-orchestrator/test/expire.integration.test.ts'),
  },
  {
    failure: 'question not sent yet',
    mechanism: 'deadlines wait while the own outbox is behind',
    file: 'services/saga-orchestrator/src/deadlines/expire.ts',
    cut: ' || (await outboxIsBehind(pool, OUTBOX_BEHIND_MS))',
    paste: '',
    test: integration('services/saga-orchestrator/test/expire.integration.test.ts'),
  },
  {
    failure: 'frozen relay keeps its lock',
    mechanism: "the standby ends the holder's backend",
    file: 'packages/messaging/src/relay-lock.ts',
    cut: 'select pg_terminate_backend(backend_pid) as ended',
    paste: 'select false as ended',
    test: RELAY,
  },
  {
    failure: 'message parked behind a key that replay just drained',
    mechanism: 'batch and replay lock the same row',
    file: 'packages/messaging/src/dead-letters/blocked-keys.ts',
    cut: ' for update of b',
    paste: '',
    test: LETTERS,
  },
  {
    failure: 'undo retried into the hop limit',
    mechanism: 'a command that is sent again has the hops of the first',
    file: 'services/saga-orchestrator/src/messages/settle.ts',
    cut: 'send.follows ? by.again : by.first',
    paste: 'by.first',
    test: unit('services/saga-orchestrator/test/move-saga.unit.test.ts'),
  },
  {
    failure: 'Postgres restarted',
    mechanism: 'what its shutdown breaks is tried again',
    file: 'packages/messaging/src/transaction.ts',
    cut: "new Set(['08', '40', '53', '55', '57', '58'])",
    paste: "new Set(['08', '40', '53', '55', '58'])",
    test: PROCESSOR,
  },
  {
    failure: 'consumer stops silently',
    mechanism: 'the watchdog',
    file: 'packages/messaging/src/watchdog.ts',
    cut: 'if (idle > idleLooksAllowed) {',
    paste: 'if (idle > Infinity) {',
    test: integration('packages/service-kit/test/watchdog.integration.test.ts'),
  },
  {
    failure: 'poison message',
    mechanism: 'a batch that the data breaks is halved until the culprit stands alone',
    file: 'packages/messaging/src/processor.ts',
    cut: 'if (items.length > 1) {',
    paste: 'if (items.length > 1_000_000) {',
    test: PROCESSOR,
  },
  {
    failure: 'poison message (same key)',
    mechanism: 'later messages of its key wait behind it',
    file: 'packages/messaging/src/processor.ts',
    cut: '          ...block(consumer, decisions.blocked),\n',
    paste: '',
    test: LETTERS,
  },
  {
    failure: 'poison do keeps stock or money',
    mechanism: 'an undo waits behind nothing',
    file: 'packages/messaging/src/dead-letters/blocked-keys.ts',
    cut: "return 'undo' in definition && definition.undo === true;",
    paste: 'return definition === undefined;',
    test: LETTERS,
  },
  {
    failure: 'poison message (what no database stores)',
    mechanism: "envelopes are CloudEvents' strings, without control characters",
    file: 'packages/contracts/src/envelope.ts',
    cut: '.regex(/^[^\\u0000-\\u001f\\u007f-\\u009f]*$/u',
    paste: '.regex(/^/u',
    test: PROCESSOR,
  },
  {
    failure: 'poison batch (compressed)',
    mechanism: 'every codec is read, within bounds',
    file: 'packages/messaging/src/kafka/client.ts',
    cut: '  installCodecs();\n',
    paste: '',
    test: integration('tools/test/compressed-records.integration.test.ts'),
  },
  {
    failure: 'answer lost by a discard',
    mechanism: 'a discarded message is forgotten by the inbox',
    file: 'packages/messaging/src/dead-letters/replay.ts',
    cut: '          ...forgetInInbox(consumer, letter),\n',
    paste: '',
    test: LETTERS,
  },
  {
    failure: 'dead letter that the broker refuses',
    mechanism: 'it is set aside',
    file: 'packages/messaging/src/dead-letters/copies.ts',
    cut: 'await setAside(db, id, error);',
    paste: '',
    test: RELAY,
  },
  {
    failure: 'provider that fails',
    mechanism: 'the circuit breaker',
    file: 'packages/messaging/src/breaker.ts',
    cut: 'const open = () => failures >= threshold;',
    paste: 'const open = () => failures >= threshold * 1e9;',
    test: e2e('failures/provider', 'a provider that is failing for a while'),
  },
  {
    failure: 'storm of orders',
    mechanism: 'a bounded queue, and 503 beyond it',
    file: 'services/order/src/http/place-order.ts',
    cut: 'const MAX_WAITING = 2_000;',
    paste: 'const MAX_WAITING = Infinity;',
    test: e2e('failures/overload', 'orders at once'),
  },
  {
    failure: 'old release meets a new saga',
    mechanism: 'it leaves, and parks nothing',
    file: 'packages/messaging/src/decide-batch.ts',
    cut: ' || error instanceof UndecidableHere',
    paste: '',
    test: VERSIONS,
  },
  {
    failure: 'old release starts among new sagas',
    mechanism: 'it is not ready, and does not consume',
    file: 'packages/service-kit/src/service.ts',
    cut: '    await untilFit();\n',
    paste: '',
    test: VERSIONS,
  },
];
