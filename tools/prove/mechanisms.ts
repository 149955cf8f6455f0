/**
 * Each failure that breaks naive systems, the mechanism that stands against it, how to take that out, and the
 * test that must then fail. `npm run prove` does it; docs/reliability.md shows the same rows, and a test
 * keeps the two alike.
 */
import { ACCESS } from './access.ts';
import { READ_MODEL } from './console.ts';
import { CONTAINERS } from './containers.ts';
import { EDGES } from './edges.ts';
import { e2e, integration, LETTERS, type Mechanism, PROCESSOR, RELAY, unit } from './mechanism.ts';
import { DATABASE } from './database.ts';
import { EFFECTS } from './effects.ts';
import { FOREIGN } from './foreign.ts';
import { KAFKA } from './kafka.ts';
import { LOCAL_STACK } from './local-stack.ts';
import { PERSONAL } from './personal.ts';
import { POISON } from './poison.ts';
import { STORIES } from './stories.ts';
import { ERASURE } from './erasure.ts';
import { RECORDS } from './records.ts';
import { SIGNING_IN } from './sign-in.ts';

const CONSUMER = integration('packages/kafka/test/consumer.integration.test.ts');
const RELAY_LEADS = integration('packages/messaging/test/outbox/relay-leads.integration.test.ts');
const VERSIONS = integration('services/saga-orchestrator/test/versions.integration.test.ts');
const SCHEDULES = unit('services/saga-orchestrator/test/random-schedules.unit.test.ts');

export const MECHANISMS: readonly Mechanism[] = [
  {
    failure: 'duplicate delivery',
    mechanism: 'the inbox, in the transaction of the effect',
    file: 'packages/messaging/src/inbox/inbox.ts',
    cut: 'return new Set(rows.map(keyOf));',
    paste: 'return new Set([...rows, ...keys].map(keyOf));',
    test: PROCESSOR,
  },
  {
    failure: 'crash between commit and publish',
    mechanism: 'a row leaves the outbox after it was sent, never before',
    file: 'packages/messaging/src/outbox/relay.ts',
    cut: 'await send(await recordsOf(client, outbox, ids), beat);',
    paste:
      "const records = await recordsOf(client, outbox, ids); await client.query('delete from outbox where id = any($1::bigint[])', [ids]); await send(records, beat);",
    test: RELAY,
  },
  {
    failure: "another replica's message overtaken",
    mechanism: 'a scan finds all rows before the newest, whoever wrote them',
    file: 'packages/messaging/src/outbox/outbox.ts',
    cut: 'order by id limit $2`',
    paste: 'order by id desc limit least(1, $2::int)`',
    test: RELAY,
  },
  {
    failure: 'crash before the offset commit',
    mechanism: 'offsets after the database',
    file: 'packages/kafka/src/kafkajs/fetches.ts',
    cut: 'let count = 0;',
    paste:
      'for (const { batch: b } of live) options.onReached(b.topic, b.partition, BigInt(asFetched(b).lastOffset()) + 1n);\n  let count = 0;',
    test: CONSUMER,
  },
  {
    failure: 'a service killed and started again',
    mechanism: 'it takes its place in the group, and waits for no session',
    file: 'packages/kafka/src/kafkajs/predecessors.ts',
    cut: 'for (const memberId of ids) await coordinator.leaveGroup({ groupId, memberId });',
    paste: '',
    test: CONSUMER,
  },
  {
    failure: 'a reader that lost the broker and begins anew',
    mechanism: 'it takes the place of what it was, each time that it begins',
    file: 'packages/kafka/src/kafkajs/predecessors.ts',
    cut: '    begun.add(this);\n',
    paste: '    begun.add(this);\n    owners.delete(this.cluster);\n',
    test: CONSUMER,
  },
  {
    failure: 'a batch that takes longer than a session',
    mechanism: 'its reader is heard of meanwhile',
    file: 'packages/kafka/src/kafkajs/fetches.ts',
    cut: 'taken[0]?.payload.heartbeat().catch((error: Error) => lost.abort(error));',
    paste: '',
    test: CONSUMER,
  },
  {
    failure: "COMMIT's outcome unknown",
    mechanism: 'a lost connection means: run it again, the inbox finds what was done',
    file: 'packages/postgres/src/database-errors.ts',
    cut: 'error instanceof NoConnectionError || (error instanceof Error && CLIENT_WORDS.test(error.message));',
    paste: 'error instanceof NoConnectionError;',
    test: integration('packages/messaging/test/inbox/commit-unknown.integration.test.ts'),
  },
  {
    failure: 'zombie consumer after a rebalance',
    mechanism: 'compare and set on the version',
    file: 'packages/postgres/src/statement.ts',
    cut: 'raise_if_stale(count(*), $2)',
    paste: 'count(*), $2::int',
    test: PROCESSOR,
  },
  {
    failure: 'reply overtakes or is reordered across topics',
    mechanism: "the saga's state decides which reply counts",
    file: 'packages/saga/src/react.ts',
    cut: 'const read = step.on[reply.type];',
    paste:
      'const read = Object.assign({}, ...definition.steps.map((each) => each.on))[reply.type] as Step["on"][string] | undefined;',
    test: SCHEDULES,
  },
  {
    failure: 'timeout races a late success',
    mechanism: 'timed out means unknown: that step is undone too',
    file: 'packages/saga/src/react.ts',
    // As if it had been refused: taken for a step without effect.
    cut: 'return turnBackTimedOut(definition, state, why, now);',
    paste:
      "return turnBack(definition, refusedStep(state, '', { kind: 'refused', reason: '' }, now), { kind: 'silent' }, now);",
    test: SCHEDULES,
  },
  {
    failure: 'undo before do',
    mechanism: "a cancellation marker refuses the do (inventory's)",
    file: 'services/inventory/src/domain/reservation.ts',
    cut: "    case 'RELEASED':\n      return decide(holding, [InventoryReservationRejected({ orderId, code: 'undone', missing: [] })]);\n",
    paste: "    case 'RELEASED':\n      break;\n",
    test: unit('services/inventory/test/reservation.unit.test.ts'),
  },
  {
    failure: 'undo before do (money)',
    mechanism: "a cancellation marker refuses the do (payment's)",
    file: 'services/payment/src/domain/payment.ts',
    cut: '    case undefined:\n      return decide<Payment>(',
    paste: "    case 'UNDONE' as never:\n    case undefined:\n      return decide<Payment>(",
    test: unit('services/payment/test/payment.unit.test.ts'),
  },
  {
    failure: 'compensation fails',
    mechanism: 'refunds are called for ever',
    file: 'services/payment/src/provider.ts',
    cut: 'refund.handledBy({',
    paste: 'refund.handledBy({ maxAttempts: 2,',
    test: e2e('failures/provider', 'refunds that are refused'),
  },
  {
    failure: 'double refund',
    mechanism: "the provider's idempotency key",
    file: 'services/payment/src/provider.ts',
    cut: 'const key = `${orderId}/refund`;',
    paste: 'const key = `${orderId}/refund/${Math.random()}`;',
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
    cut: 'isSameBody(before.body, request.hash) ?',
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
    file: 'packages/kafka/src/chunks.ts',
    cut: 'last && bytes <= room',
    paste: 'last',
    test: RELAY,
  },
  {
    failure: 'event loop',
    mechanism: 'a bound on hops',
    file: 'packages/messaging/src/inbox/decode-record.ts',
    cut: 'message.hops > MAX_HOPS',
    paste: 'message.hops < 0',
    test: unit('packages/messaging/test/inbox/decode-record.unit.test.ts'),
  },
  {
    failure: 'broker down for a minute',
    mechanism: 'nothing times out while the broker is away',
    file: 'packages/kafka/src/kafkajs/consumer.ts',
    cut: '(isAway() ? Infinity',
    paste: '(isAway() ? 0',
    test: e2e('failures/broker-away', 'orders that wait'),
  },
  {
    failure: 'a new broker that answers "not yet" to the first join',
    mechanism: 'it is there: no ten seconds without deadlines, as after an outage',
    file: 'packages/kafka/src/presence.ts',
    cut: 'if (everJoined || !responded) away',
    paste: 'away',
    test: unit('packages/kafka/test/presence.unit.test.ts'),
  },
  {
    failure: 'orchestrator stopped for an hour',
    mechanism: 'deadlines wait until what lies unread is read',
    file: 'packages/saga/src/runner/sagas-table.ts',
    cut: '[partitions, limit, Math.ceil(readAgoMs)]',
    paste: '[partitions, limit, 0]',
    test: integration('packages/saga/test/deadlines.integration.test.ts'),
  },
  {
    failure: 'question not sent yet',
    mechanism: 'deadlines wait while the own outbox is behind',
    file: 'packages/saga/src/deadlines.ts',
    cut: ' || (await outboxIsBehind(pool, OUTBOX_BEHIND_MS))',
    paste: '',
    test: integration('packages/saga/test/deadlines.integration.test.ts'),
  },
  ...FOREIGN,
  {
    failure: 'frozen relay keeps its lock',
    mechanism: "the standby ends the holder's backend",
    file: 'packages/messaging/src/outbox/relay-lock.ts',
    cut: 'select pg_terminate_backend(backend_pid) as ended',
    paste: 'select false as ended',
    test: RELAY_LEADS,
  },
  {
    failure: 'relay that lost its lock',
    mechanism: 'it looks whether its connection is there before each send',
    file: 'packages/messaging/src/outbox/relay.ts',
    cut: 'if (lost) throw lost;',
    paste: '',
    test: RELAY_LEADS,
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
    file: 'packages/saga/src/runner/settle.ts',
    cut: 'send.follows ? by.again : by.first',
    paste: 'by.first',
    test: unit('packages/saga/test/move-saga.unit.test.ts'),
  },
  ...DATABASE,
  {
    failure: 'consumer stops silently',
    mechanism: 'the watchdog',
    file: 'packages/messaging/src/maintenance/watchdog.ts',
    cut: 'if (idle > idleLooksAllowed) {',
    paste: 'if (idle > Infinity) {',
    test: integration('packages/messaging/test/maintenance/watchdog.integration.test.ts'),
  },
  ...POISON,
  ...LOCAL_STACK,
  ...RECORDS,
  ...EFFECTS,
  {
    failure: 'command that nobody handles',
    mechanism: 'such a service does not start',
    file: 'packages/messaging/src/aggregate/complete.ts',
    cut: '!handled.has(definition.type)',
    paste: 'handled.size < 0',
    test: unit('packages/messaging/test/aggregate/aggregate.unit.test.ts'),
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
    file: 'packages/messaging/src/inbox/decide-batch.ts',
    cut: ' || error instanceof IncompatibleReleaseError',
    paste: '',
    test: VERSIONS,
  },
  {
    failure: 'old release starts among new sagas',
    mechanism: 'it is not ready, and does not consume',
    file: 'packages/service-kit/src/start-up.ts',
    cut: '  await waitUntilCompatible(definition, parts, { signal, onWaiting });\n',
    paste: '',
    test: VERSIONS,
  },
  ...EDGES,
  ...ACCESS,
  ...SIGNING_IN,
  ...ERASURE,
  ...KAFKA,
  ...PERSONAL,
  ...READ_MODEL,
  ...CONTAINERS,
  ...STORIES,
];
