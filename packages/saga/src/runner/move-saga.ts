/**
 * One input about the saga of one subject: which definition, which input, whose consequences. The moving
 * itself is `react`.
 */
import type { Envelope } from '@sagakit/messages/envelope';
import type { Row } from '@sagakit/messaging/aggregate/rows';
import { type MessageContext, contextOf } from '@sagakit/messaging/to-envelope';
import type { Outcome } from '@sagakit/messaging/aggregate/unit';
import type { Incoming } from '@sagakit/messaging/incoming';
import type { SagaDefinition } from '../define.ts';
import { react } from '../react.ts';
import type { Input } from '../state.ts';
import type { Definitions } from '../release.ts';
import { COMPENSATE, DEADLINE, RETRY } from './inputs.ts';
import type { SagaRow } from './saga-row.ts';
import { causesOf, type MoveOptions, type Settled, settle } from './settle.ts';

export function moveSaga(row: Row<SagaRow>, incoming: Incoming, options: MoveOptions): Outcome {
  const { message } = incoming;
  const current = row.state;
  if (!current) return begin(row, incoming, message.type, options);
  const definition = options.definitions.of(current.saga);
  const input = inputOf(message, definition, options.definitions);
  if (input.kind === 'reply' && message.sagaid !== current.sagaId) return ignored('reply-to-another-saga');

  const reaction = react(definition, current.saga, input, options.now);
  if (reaction.ignored) {
    // The alarm rang too early (the saga went on since): saving the row without it sets it anew.
    if (input.kind === 'deadline') options.keep({ ...row, state: { ...current, alarmAt: undefined } });
    return ignored(reaction.ignored);
  }
  const around = {
    ...current,
    partition: incoming.partition ?? current.partition,
    cancelRequest: input.kind === 'cancel' ? contextOf(message) : current.cancelRequest,
  };
  const moved = settle(row, around, reaction, causesOf(input, incoming, current), options);
  const { cancelRequest } = around;
  if (!reaction.thenCancel || !cancelRequest) return moved.outcome;
  const cancellation = input.kind === 'cancel' ? message.type : definition.cancelledBy?.type;
  return thenCancel(moved, cancellation ?? '', cancelRequest, options);
}

/** The saga begins: the message's id is its own. */
function begin(row: Row<SagaRow>, incoming: Incoming, type: string, options: MoveOptions): Outcome {
  const { message } = incoming;
  const definition = options.definitions.startedBy(type);
  // A cancellation starts nothing by itself: only what has a saga can be cancelled.
  if (!definition || options.definitions.isCancellation(type)) return ignored('message-before-start');
  const reaction = react(
    definition,
    undefined,
    { kind: 'start', subject: row.key, data: message.data },
    options.now,
  );
  const fresh = {
    sagaId: message.id,
    cancelRequest: undefined,
    partition: incoming.partition ?? 0,
    alarmAt: undefined,
    earlier: [],
    correlationId: message.correlationid,
  };
  const cause = { ...incoming.cause, sagaid: message.id };
  return settle(row, fresh, reaction, { first: cause, again: cause }, options).outcome;
}

/** The saga was complete: its cancelling saga takes the row, the other becomes an earlier one. */
function thenCancel(
  { row, outcome }: Settled,
  cancellation: string,
  request: MessageContext,
  options: MoveOptions,
): Outcome {
  const before = row.state;
  const { definitions } = options;
  const definition = definitions.startedBy(cancellation) as SagaDefinition;
  const reaction = react(
    definition,
    undefined,
    { kind: 'start', subject: row.key, data: { [definitions.subject.field]: row.key } },
    options.now,
  );
  const sagaId = request.id as string;
  const next = { ...before, sagaId, cancelRequest: undefined, earlier: [...before.earlier, before.saga] };
  const cause = { ...request, sagaid: sagaId };
  const begun = settle(row, next, reaction, { first: cause, again: cause }, options);
  return { messages: [...outcome.messages, ...begun.outcome.messages], effects: [] };
}

function inputOf(message: Envelope, { startsOn }: SagaDefinition, definitions: Definitions): Input {
  // What started this saga starts it again, whatever else it could mean: a wish to cancel does not cancel the
  // cancelling.
  if (message.type === startsOn.type) return { kind: 'start', subject: message.subject, data: message.data };
  switch (message.type) {
    case DEADLINE:
      return { kind: 'deadline' };
    case RETRY:
      return { kind: 'retry' };
    case COMPENSATE:
      return { kind: 'compensate', reason: (message.data as { reason: string }).reason };
    default:
      if (definitions.isCancellation(message.type)) return { kind: 'cancel' };
      return definitions.startedBy(message.type)
        ? { kind: 'start', subject: message.subject, data: message.data }
        : { kind: 'reply', type: message.type, data: message.data };
  }
}

function ignored(reason: string): Outcome {
  return { messages: [], effects: [], ignored: reason };
}
