/** What follows a reaction: its messages sealed with the right cause, and the row that is kept. */
import type { Row } from '@order-saga/messaging/rows';
import { type Cause, causeOf, seal } from '@order-saga/messaging/seal';
import type { Incoming, Outcome } from '@order-saga/messaging/unit';
import type { Input, Reaction, SagaState, Send } from '../engine/saga.ts';
import type { Definitions } from '../engine/release.ts';
import type { SagaRow } from './saga-row.ts';

/** What one input is moved with; `keep` takes the row that follows. */
export type MoveOptions = {
  definitions: Definitions;
  source: string;
  now: Date;
  keep: (row: Row<SagaRow> & { state: SagaRow }) => void;
};

/** `first`: for what is sent for the first time; `again`: for a command that follows an unanswered one (same hops). */
export type Causes = { first: Cause; again: Cause };

export function causesOf(input: Input, incoming: Incoming, { lastCommand, sagaId }: SagaRow): Causes {
  const again = { ...lastCommand, hops: lastCommand.hops - 1, sagaid: sagaId };
  if (input.kind === 'reply') return { first: { ...incoming.cause, sagaid: sagaId }, again };
  // A deadline's messages (and an operator's) name the command that stayed unanswered, and belong to the order's trace.
  const { traceparent } = input.kind === 'cancel' ? lastCommand : incoming.cause;
  return { first: { ...lastCommand, sagaid: sagaId, traceparent }, again: { ...again, traceparent } };
}

export type Settled = { row: Row<SagaRow> & { state: SagaRow }; outcome: Outcome };

export function settle(
  row: Row<SagaRow>,
  around: Omit<SagaRow, 'saga' | 'lastCommand'> & { lastCommand?: Cause },
  reaction: Reaction,
  by: Causes,
  { source, now, keep }: MoveOptions,
): Settled {
  const sealed = reaction.messages.map((send: Send, index) => ({
    send,
    envelope: seal(send.message, send.follows ? by.again : by.first, { source, sequence: row.sequence + index + 1, now }),
  }));
  const last = sealed.findLast(({ send }) => send.key)?.envelope;
  const state: SagaRow = {
    ...around,
    saga: reaction.state as SagaState,
    lastCommand: last ? causeOf(last) : (around.lastCommand ?? by.first),
  };
  const next = { ...row, state, sequence: row.sequence + sealed.length };
  keep(next);
  return { row: next, outcome: { messages: sealed.map(({ envelope }) => envelope), effects: [] } };
}
