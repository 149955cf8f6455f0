/** What follows a reaction: its messages in envelopes with the right cause, and the row that is kept. */
import type { Message } from '@sagakit/messages/define';
import type { Row } from '@sagakit/messaging/aggregate/rows';
import {
  type MessageContext,
  type MessageWriter,
  contextOf,
  toEnvelope,
} from '@sagakit/messaging/to-envelope';
import type { Outcome } from '@sagakit/messaging/aggregate/unit';
import type { Incoming } from '@sagakit/messaging/incoming';
import type { Input, Reaction, SagaState, Send } from '../state.ts';
import type { Definitions, SagaSubject } from '../release.ts';
import type { SagaRow } from './saga-row.ts';

/** What one input is moved with; `keep` takes the row that follows. */
export type MoveOptions = {
  definitions: Definitions;
  writer: MessageWriter;
  now: Date;
  keep: (row: Row<SagaRow> & { state: SagaRow }) => void;
};

/**
 * `first`: for what is sent for the first time; `again`: for a command that follows an unanswered one (same
 * hops).
 */
export type Causes = { first: MessageContext; again: MessageContext };

export function causesOf(input: Input, incoming: Incoming, { lastCommand, sagaId }: SagaRow): Causes {
  const again = { ...lastCommand, hops: lastCommand.hops - 1, sagaid: sagaId };
  if (input.kind === 'reply') return { first: { ...incoming.cause, sagaid: sagaId }, again };
  // A deadline's messages (and an operator's) name the command that stayed unanswered, and belong to its
  // trace.
  const { traceparent } = incoming.cause;
  return { first: { ...lastCommand, sagaid: sagaId, traceparent }, again: { ...again, traceparent } };
}

export type Settled = { row: Row<SagaRow> & { state: SagaRow }; outcome: Outcome };

export function settle(
  row: Row<SagaRow>,
  around: Omit<SagaRow, 'saga' | 'lastCommand'> & { lastCommand?: MessageContext },
  reaction: Reaction,
  by: Causes,
  { definitions: { subject }, writer, now, keep }: MoveOptions,
): Settled {
  const wrapped = reaction.messages.map((send: Send, index) => ({
    send,
    envelope: toEnvelope(messageOf(send, subject, row.key), send.follows ? by.again : by.first, {
      writer,
      sequence: row.sequence + index + 1,
      now,
    }),
  }));
  const last = wrapped.findLast(({ send }) => send.key)?.envelope;
  const state: SagaRow = {
    ...around,
    saga: reaction.state as SagaState,
    lastCommand: last ? contextOf(last) : (around.lastCommand ?? by.first),
  };
  const next = { ...row, state, sequence: row.sequence + wrapped.length };
  keep(next);
  return { row: next, outcome: { messages: wrapped.map(({ envelope }) => envelope), effects: [] } };
}

/** The catalogue's schemas check what becomes of an event when it is put into its envelope. */
function messageOf(send: Send, subject: SagaSubject, key: string): Message {
  if (send.key !== undefined) return send.message;
  const { type, data } = send.message;
  return { type, data: { [subject.field]: key, ...data } } as unknown as Message;
}
