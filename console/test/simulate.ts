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
import type { SagaAsData } from '../src/story/definition.ts';
import { inputFrom } from '../src/story/from-records.ts';
import type { StoryInput } from '../src/story/message.ts';
import { BEGAN, ORDER_ID, contactData, placedData, recordOf, STORY_ID, TRACE, uuidAt } from './records.ts';

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
type Said = { id: string; hops: number };

export type Simulated = { records: RawRecord[]; sagas: SagaState[] };

/** What all sagas of the story share: the log, the clock, and what the participants do. */
type World = Simulated & {
  script: Script;
  orderId: string;
  say(type: string, data: object, around: Around): Said;
  now(): Date;
  /** The clock goes on to this moment, if it is not beyond it. */
  passTo(moment: string): void;
  /** False: enough deadlines have passed. */
  mayPass(): boolean;
};

const OPTIONS = {
  mails: true,
  deadlines: 10,
  orderId: ORDER_ID,
  story: STORY_ID,
  trace: TRACE,
  token: 'tok_visa',
};

export function simulate(script: Script, options: Partial<typeof OPTIONS> = {}): Simulated {
  const { token, orderId, ...about } = { ...OPTIONS, ...options };
  const world = createWorld(script, { ...about, orderId });
  const placed = world.say('OrderPlaced', placedData(token, orderId), { hops: 0 });
  world.say('ContactProvided', contactData(orderId), { cause: placed.id, hops: 1 });
  if (script('(placed)', 1) !== 'stop')
    follow(world, placeOrder, placed, placed.id, placedData(token, orderId));
  return { records: world.records, sagas: world.sagas };
}

function createWorld(
  script: Script,
  { mails, deadlines, orderId, story, trace }: Omit<typeof OPTIONS, 'token'>,
): World {
  const records: RawRecord[] = [];
  const sequences = new Map<string, number>();
  /** Ids of another story end in its last digits, so that no two stories share one. */
  const own = (ms: number, number: number) =>
    `${uuidAt(ms, number).slice(0, -8)}${story.slice(-4)}${uuidAt(ms, number).slice(-4)}`;
  let at = 0;
  let left = deadlines;
  let n = 0;

  function say(type: string, data: object, around: Around): Said {
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

  return {
    ...{ script, orderId, records, sagas: [], say },
    now: () => new Date(BEGAN + at),
    passTo(moment) {
      at = Math.max(at, Date.parse(moment) - BEGAN);
    },
    mayPass: () => left-- > 0,
  };
}

/** One saga on its way. */
type Run = {
  world: World;
  definition: SagaDefinition;
  sagaId: string;
  state: SagaState | undefined;
  /** The customer's word, once it was said. */
  cancelId: string | undefined;
  /** The last command that asks for an answer. */
  last: Said;
  asks: (Said & { command: string })[];
  sends: Map<string, number>;
};

function follow(world: World, definition: SagaDefinition, started: Said, sagaId: string, data: object): void {
  const run: Run = {
    ...{ world, definition, sagaId, state: undefined, cancelId: undefined, last: started },
    ...{ asks: [], sends: new Map() },
  };
  move(run, { kind: 'start', subject: world.orderId, data }, started);
  for (let ask = run.asks.shift(); ask; ask = run.asks.shift()) {
    const became = answer(run, ask);
    if (became === 'handed on') return;
    if (became === 'stands still') break;
  }
  const state = run.state as SagaState;
  const cancels = definition === placeOrder && world.script('(complete)', 1) === 'cancel-then-yes';
  if (cancels && !run.cancelId && state.status === 'completed') {
    cancel(run);
    handOn(run);
  } else world.sagas.push(state);
}

function move(run: Run, input: Input, cause: Said): Reaction {
  const { world, definition, sagaId } = run;
  const reaction = react(definition, run.state, input, world.now());
  run.state = reaction.state;
  for (const { message, key } of reaction.messages) {
    const around = { cause: cause.id, saga: sagaId, hops: cause.hops + 1 };
    const said = world.say(message.type, message.data as object, around);
    if (key === undefined) continue;
    run.last = said;
    run.asks.push({ command: message.type, ...said });
  }
  return reaction;
}

/** What the participant does with the command, and what becomes of the saga. */
function answer(run: Run, ask: Run['asks'][number]): 'goes on' | 'stands still' | 'handed on' {
  const { world, sends } = run;
  const attempt = (sends.get(ask.command) ?? 0) + 1;
  sends.set(ask.command, attempt);
  const does = world.script(ask.command, attempt);
  if (does === 'stop') return 'stands still';
  if (does === 'operator' && !move(run, { kind: 'compensate', reason: 'I say so' }, run.last).ignored)
    return 'goes on';
  if (does.startsWith('cancel') && !run.cancelId) cancel(run);
  if (does.endsWith('silent')) {
    if (!world.mayPass()) return 'stands still';
    world.passTo((run.state as SagaState & { waiting: { deadline: string } }).waiting.deadline);
    move(run, { kind: 'deadline' }, run.last);
    return 'goes on';
  }
  const reaction = reply(run, ask, { yes: !does.endsWith('no'), empty: does === 'nothing' });
  if (!reaction.thenCancel || !run.cancelId) return 'goes on';
  handOn(run);
  return 'handed on';
}

function cancel(run: Run): Reaction {
  run.cancelId = run.world.say('OrderCancellationRequested', {}, { hops: 0 }).id;
  return move(run, { kind: 'cancel' }, run.last);
}

/** The saga that cancels takes over. */
function handOn({ world, state, cancelId = '' }: Run): void {
  const { orderId } = world;
  world.sagas.push(state as SagaState);
  follow(world, cancelOrder, { id: cancelId, hops: 0 }, cancelId, { orderId });
}

function reply(
  run: Run,
  ask: Run['asks'][number],
  { yes, empty }: { yes: boolean; empty: boolean },
): Reaction {
  const { world, sagaId, state } = run;
  const [first = '', second] = catalogue.repliesTo(ask.command);
  const type = yes ? first : (second ?? first);
  const reason = ask.command === 'RejectOrder' ? { reason: reasonOf(state) } : {};
  const content = { ...((empty ? EMPTY[type] : undefined) ?? REPLIES[type] ?? {}), ...reason };
  const said = world.say(type, content, { cause: ask.id, saga: sagaId, hops: ask.hops + 1 });
  return move(run, { kind: 'reply', type, data: { orderId: world.orderId, ...content } }, said);
}

function reasonOf(state: SagaState | undefined): string {
  const why = state && 'why' in state ? state.why : undefined;
  return why && 'reason' in why ? why.reason : 'no-answer';
}

/** What the store would give for the story. */
export const inputOf = (records: readonly RawRecord[], definitions = DEFINITIONS): StoryInput =>
  inputFrom(STORY_ID, records, definitions);
