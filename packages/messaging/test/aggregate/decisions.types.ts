/** What must not compile where messages are decided about: `tsc` (npm run check) fails if a line below `@ts-expect-error` ever compiles. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import type { CancelOrder, ConfirmOrder } from '@order-saga/contracts/order';
import { OrderCancelled, OrderConfirmed } from '@order-saga/contracts/order';
import type { byType } from '../../src/aggregate/decision.ts';
import { causedBy, decide, type Decision, type Effect } from '../../src/aggregate/decision.ts';
import { type MessageContext, toEnvelope } from '../../src/to-envelope.ts';

type State = { open: boolean };
type Commands = EnvelopeOf<typeof ConfirmOrder> | EnvelopeOf<typeof CancelOrder> | Envelope<'Called', { outcome: 'good' }>;

const confirm = (state: State | undefined, { data }: EnvelopeOf<typeof ConfirmOrder>): Decision<State> =>
  decide<State>(state ?? { open: true }, [OrderConfirmed(data)]);
const cancel = (_: State | undefined, { data }: EnvelopeOf<typeof CancelOrder>): Decision<State> =>
  decide<State>({ open: false }, [OrderCancelled(data)]);
const called = (_: State | undefined, { data }: Envelope<'Called', { outcome: 'good' }>): Decision<State> =>
  decide<State>({ open: data.outcome === 'good' });

type Table = Parameters<typeof byType<Commands, State | undefined, Decision<State>>>[0];

export const tables: Table[] = [
  { ConfirmOrder: confirm, CancelOrder: cancel, Called: called },
  // @ts-expect-error no decision about CancelOrder
  { ConfirmOrder: confirm, Called: called },
  // @ts-expect-error a decision about another message: it would read a paymentId that is not there
  { ConfirmOrder: confirm, CancelOrder: confirm, Called: called },
  // @ts-expect-error nobody sends this
  { ConfirmOrder: confirm, CancelOrder: cancel, Called: called, Nonsense: cancel },
];

declare const command: EnvelopeOf<typeof CancelOrder>;
declare const cause: MessageContext;

export const decisions = (): Decision<State>[] => [
  decide<State>({ open: true }, [OrderCancelled(command.data), causedBy(cause, OrderCancelled(command.data))]),
  // @ts-expect-error a state of another shape
  decide<State>({ closed: false }),
  // @ts-expect-error a message's data is checked in a decision too
  decide<State>({ open: true }, [OrderConfirmed(command.data)]),
  // @ts-expect-error a message is made by its definition
  decide<State>({ open: true }, [{ type: 'OrderCancelled', data: { nonsense: 1 } }]),
  // @ts-expect-error a cause makes no message of a literal
  decide<State>({ open: true }, [causedBy(cause, { type: 'OrderCancelled', data: {} })]),
  // @ts-expect-error an envelope is no message: what was read cannot be told again as if it were decided
  decide<State>({ open: true }, [command]),
];

export const read = (): unknown[] => [
  command.data.orderId,
  // @ts-expect-error no field of this command
  command.data.paymentId,
];

declare const charge: Effect<'charge', { amount: number }>;
export const effects: Effect<'charge', { amount: number }>[] = [
  charge,
  // @ts-expect-error an effect of another kind
  { kind: 'refund', request: { amount: 1 } },
  // @ts-expect-error a request of another shape
  { kind: 'charge', request: { nonsense: 1 } },
];

export const sealed = (): Envelope[] => [
  // @ts-expect-error only what a definition made can be sealed
  toEnvelope({ type: 'OrderCancelled', data: { nonsense: 1 } }, cause, {
    writer: { source: '/x', catalogue },
    sequence: 1,
    now: new Date(0),
  }),
];
