/**
 * An order's way through the system, with the real saga definitions and the real engine, and participants
 * that do as the test says. Gives the records that Kafka would hold, and the sagas' own states to compare
 * with.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { RawRecord } from '@sagakit/kafka/record';
import type { SagaDefinition } from '@sagakit/saga/define';
import { describe } from '@sagakit/saga/describe';
import { react } from '@sagakit/saga/react';
import type { Input, Reaction, SagaState } from '@sagakit/saga/state';
import { cancelOrder } from '../../services/saga-orchestrator/src/sagas/cancel-order.saga.ts';
import { placeOrder } from '../../services/saga-orchestrator/src/sagas/place-order.saga.ts';
import { foldBatch } from '../src/projection/fold.ts';
import type { SagaAsData } from '../src/story/definition.ts';
import type { StoryInput } from '../src/story/message.ts';
import { BEGAN, ORDER_ID, placedData, recordOf, STORY_ID, TRACE, uuidAt } from './records.ts';

export const DEFINITIONS: SagaAsData[] = [placeOrder, cancelOrder].map(describe);

/** What a participant does with a command; `attempt` counts its sends from 1. */
export type Does =
  | 'yes'
  | 'no'
  | 'silent'
  | 'nothing'
  | 'cancel-then-yes'
  | 'cancel-then-no'
  | 'cancel-then-silent'
  | 'operator'
  | 'stop';
export type Script = (command: string, attempt: number) => Does;

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const HELD = [{ sku: 'SKU-0012', quantity: 1 }];
const REPLIES: Record<string, object> = {
  InventoryReserved: { lines: HELD },
  InventoryReservationRejected: {
    code: 'out-of-stock',
    missing: [{ sku: 'SKU-0012', requested: 1, available: 0 }],
  },
  InventoryReleased: { lines: HELD },
  InventoryCommitted: { lines: HELD },
  PaymentProcessed: { paymentId: 'p-1', amount: EUR(4900) },
  PaymentDeclined: { code: 'card-declined' },
  PaymentRefunded: { amount: EUR(4900) },
  OrderConfirmed: { paymentId: 'p-1' },
  OrderRejected: {},
  OrderCancelled: {},
};
const EMPTY: Record<string, object> = {
  InventoryReleased: { lines: [] },
  PaymentRefunded: { amount: EUR(0) },
};

type Around = { cause?: string | undefined; saga?: string | undefined; hops: number };

export type Simulated = { records: RawRecord[]; sagas: SagaState[] };

export function simulate(
  script: Script,
  {
    mails = true,
    deadlines = 10,
    orderId = ORDER_ID,
    story = STORY_ID,
    trace = TRACE,
    token = 'tok_visa',
  } = {},
): Simulated {
  const records: RawRecord[] = [];
  const sequences = new Map<string, number>();
  const sagas: SagaState[] = [];
  /** Ids of another story end in its last digits, so that no two stories share one. */
  const own = (ms: number, number: number) =>
    `${uuidAt(ms, number).slice(0, -8)}${story.slice(-4)}${uuidAt(ms, number).slice(-4)}`;
  let at = 0;
  let left = deadlines;
  let n = 0;

  function say(type: string, data: object, around: Around): { id: string; hops: number } {
    const topic = catalogue.definitionOf(type).topic;
    const source = catalogue.sourceOf(topic);
    const sequence = (sequences.get(source) ?? 0) + 1;
    sequences.set(source, sequence);
    at += 3;
    const id = own(BEGAN + at, ++n);
    records.push(
      recordOf({
        ...{ type, data: { orderId, ...data }, id, sequence, at, offset: n, subject: orderId, story, trace },
        ...around,
      }),
    );
    if (mails && source === '/order' && /Confirmed|Rejected|Cancelled$/.test(type)) {
      const kind = `order-${type.slice('Order'.length).toLowerCase()}`;
      say('NotificationSent', { kind }, { cause: id, hops: around.hops + 1 });
    }
    return { id, hops: around.hops };
  }

  function run(
    definition: SagaDefinition,
    started: { id: string; hops: number },
    sagaId: string,
    data: object,
  ): void {
    let state: SagaState | undefined;
    let cancelId: string | undefined;
    let last = started;
    const asks: { command: string; id: string; hops: number }[] = [];
    const sends = new Map<string, number>();

    const move = (input: Input, cause: { id: string; hops: number }): Reaction => {
      const reaction = react(definition, state, input, new Date(BEGAN + at));
      state = reaction.state;
      for (const { message, key } of reaction.messages) {
        const said = say(message.type, message.data as object, {
          cause: cause.id,
          saga: sagaId,
          hops: cause.hops + 1,
        });
        if (key !== undefined) {
          last = said;
          asks.push({ command: message.type, ...said });
        }
      }
      return reaction;
    };
    const settle = (reaction: Reaction): boolean => {
      if (!reaction.thenCancel || !cancelId) return false;
      sagas.push(state as SagaState);
      run(cancelOrder, { id: cancelId, hops: 0 }, cancelId, { orderId });
      return true;
    };
    const cancel = () => {
      cancelId = say('OrderCancellationRequested', {}, { hops: 0 }).id;
      return move({ kind: 'cancel' }, last);
    };
    const reply = (
      command: string,
      said: { id: string; hops: number },
      yes: boolean,
      empty: boolean,
    ): Reaction => {
      const [first = '', second] = catalogue.repliesTo(command);
      const type = yes ? first : (second ?? first);
      const content = (empty ? EMPTY[type] : undefined) ?? REPLIES[type] ?? {};
      const reason = command === 'RejectOrder' ? { reason: reasonOf(state) } : {};
      const answer = say(
        type,
        { ...content, ...reason },
        { cause: said.id, saga: sagaId, hops: said.hops + 1 },
      );
      return move({ kind: 'reply', type, data: { orderId, ...content, ...reason } }, answer);
    };

    move({ kind: 'start', subject: orderId, data }, started);
    for (let ask = asks.shift(); ask; ask = asks.shift()) {
      const { command } = ask;
      const attempt = (sends.get(command) ?? 0) + 1;
      sends.set(command, attempt);
      const does = script(command, attempt);
      if (does === 'stop') break;
      if (does === 'operator') {
        const reaction = move({ kind: 'compensate', reason: 'I say so' }, last);
        if (!reaction.ignored) continue;
      }
      if (does.startsWith('cancel') && !cancelId) cancel();
      if (does.endsWith('silent')) {
        if (left-- <= 0) break;
        at = Math.max(
          at,
          Date.parse((state as SagaState & { waiting: { deadline: string } }).waiting.deadline) - BEGAN,
        );
        move({ kind: 'deadline' }, last);
        continue;
      }
      if (settle(reply(command, ask, !does.endsWith('no'), does === 'nothing'))) return;
    }
    sagas.push(state as unknown as SagaState);
    if (
      definition === placeOrder &&
      script('(complete)', 1) === 'cancel-then-yes' &&
      !cancelId &&
      (state as unknown as SagaState).status === 'completed'
    ) {
      sagas.pop();
      settle(cancel());
    }
  }

  const placed = say('OrderPlaced', placedData(token, orderId), { hops: 0 });
  if (script('(placed)', 1) !== 'stop') run(placeOrder, placed, placed.id, placedData(token, orderId));
  return { records, sagas };
}

function reasonOf(state: SagaState | undefined): string {
  const why = state && 'why' in state ? state.why : undefined;
  return why && 'reason' in why ? why.reason : 'no-answer';
}

/** What the store would give for the story. */
export function inputOf(records: readonly RawRecord[], definitions = DEFINITIONS): StoryInput {
  const { messages, copies, parked } = foldBatch(records);
  return {
    correlationId: STORY_ID,
    messages: [...messages.values()],
    messageCount: messages.size,
    copies: [...copies.values()],
    parked: [...parked.values()],
    parkedCount: parked.size,
    definitions,
  };
}
