/**
 * What the release before has left behind, on a real Postgres: its sagas, exactly as it stored them
 * (stored-before.jsonl was written by it), go on and end right, and it could read them again after a step
 * back. The participants are played here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@order-saga/contracts/catalogue';
import type { OrderId } from '@order-saga/contracts/values';
import { MAX_HOPS, type Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import { contextOf, type MessageContext, toEnvelope } from '@sagakit/messaging/to-envelope';
import { definitionsOf } from '@sagakit/saga/release';
import { fromStored, type StoredState, toStored } from '@sagakit/saga/runner/stored-state';
import { sagaAggregate } from '@sagakit/saga/runner/unit';
import { messagesOf, type Participant, participant } from '@sagakit/testing/participant';
import { RELEASE } from '../src/sagas/all.ts';
import {
  cancelled,
  committed,
  confirmed,
  orderId,
  paid,
  refunded,
  rejected,
  released,
  reserved,
} from './messages.ts';

type StoredRow = {
  order_id: OrderId;
  sequence: number;
  state: StoredState & { waiting: { key: string; step: string; direction: 'do' | 'undo' } };
  earlier: StoredState[];
  last_command: MessageContext;
};
const STORED = readFileSync(new URL('stored-before.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { case: string; row: StoredRow });

/** What each participant says to each command. */
const REPLIES: Record<string, Message> = {
  ReserveInventory: reserved,
  ReleaseInventory: released,
  CommitInventory: committed,
  ProcessPayment: paid,
  RefundPayment: refunded,
  ConfirmOrder: confirmed,
  RejectOrder: rejected,
  CancelOrder: cancelled,
};

/**
 * What the saga waited for when it was stored, and how it must end: the commands that follow, the saga's name
 * and status.
 */
const ENDS: Record<string, { waitsFor: string; then: string[]; ends: [saga: string, status: string] }> = {
  reserving: {
    waitsFor: 'ReserveInventory',
    then: ['ProcessPayment', 'ConfirmOrder', 'CommitInventory'],
    ends: ['place-order', 'completed'],
  },
  paying: {
    waitsFor: 'ProcessPayment',
    then: ['ConfirmOrder', 'CommitInventory'],
    ends: ['place-order', 'completed'],
  },
  'paying, and asked to cancel': {
    waitsFor: 'ProcessPayment',
    then: ['RefundPayment', 'ReleaseInventory', 'CancelOrder'],
    ends: ['place-order', 'compensated'],
  },
  'refunding after a silent payment': {
    waitsFor: 'RefundPayment',
    then: ['ReleaseInventory', 'RejectOrder'],
    ends: ['place-order', 'compensated'],
  },
  rejecting: { waitsFor: 'RejectOrder', then: [], ends: ['place-order', 'compensated'] },
  'needs attention at its last step': {
    waitsFor: 'CommitInventory',
    then: [],
    ends: ['place-order', 'completed'],
  },
  'cancelling what was complete': {
    waitsFor: 'RefundPayment',
    then: ['ReleaseInventory', 'CancelOrder'],
    ends: ['cancel-order', 'completed'],
  },
};

const COLUMNS = `order_id, version, sequence, saga_id, name, saga_version, status, state, correlation_id, last_command, cancel_request,
  deadline_at, alarm_at, earlier, started_at`;

describe('a saga that the release before stored', () => {
  let own: Participant;
  before(async () => {
    own = await participant({
      catalogue,
      consumer: 'saga-orchestrator',
      aggregates: [sagaAggregate(definitionsOf(RELEASE), { source: '/saga-orchestrator', catalogue })],
      migrations: new URL('../prisma/migrations/', import.meta.url),
    });
  });
  after(() => own.close());

  const { recordOf } = messagesOf(catalogue);

  /** The reply that the command leads to, as its participant would send it about this order. */
  function replyTo(command: string, cause: MessageContext, id: OrderId): Envelope {
    const reply = JSON.parse(JSON.stringify(REPLIES[command]).replaceAll(orderId, id)) as Message;
    const source = catalogue.sourceOf(catalogue.definitionOf(reply.type).topic);
    return toEnvelope(reply, cause, { writer: { source, catalogue }, sequence: 1, now: new Date() });
  }

  const written = (id: OrderId) =>
    own
      .query<{ message: string }>('select message from outbox where key = $1 order by id', [id])
      .then((rows) => rows.map(({ message }) => JSON.parse(message) as Envelope));

  for (const { case: name, row } of STORED) {
    const { waitsFor, then, ends } = ENDS[name] ?? assert.fail(`nobody says how ${name} ends`);
    it(`goes on and ends right: ${name}`, async () => {
      const { order_id: id } = row;
      await own.query(
        `insert into sagas (${COLUMNS}, updated_at) select ${COLUMNS}, now() from jsonb_populate_record(null::sagas, $1::jsonb)`,
        [row],
      );
      await own.process(recordOf(replyTo(waitsFor, row.last_command, id)));
      for (const [at, command] of then.entries()) {
        const commands = (await written(id)).filter(
          ({ type }) => catalogue.definitionOf(type).kind === 'command',
        );
        assert.equal(commands.at(-1)?.type, command);
        assert.equal(commands.length, at + 1);
        await own.process(recordOf(replyTo(command, contextOf(commands.at(-1) as Envelope), id)));
      }
      const [saga] = await own.query<{ name: string; status: string; field: string }>(
        `select name, status, state->>'orderId' as field from sagas where order_id = $1`,
        [id],
      );
      assert.deepEqual(saga, { name: ends[0], status: ends[1], field: id });
      const messages = await written(id);
      assert.deepEqual(
        messages.map(({ sequence }) => Number(sequence)),
        messages.map((_, at) => row.sequence + 1 + at),
        'its messages have a gap',
      );
      assert.ok(messages.every(({ hops }) => hops < MAX_HOPS));
      assert.deepEqual(await own.query('select from dead_letters', []), []);
    });

    it(`is stored as it was, so that the release before can read it again: ${name}`, () => {
      for (const state of [row.state, ...row.earlier]) {
        assert.deepEqual(toStored(fromStored(state, RELEASE.subject), RELEASE.subject), state);
      }
    });
  }
});
