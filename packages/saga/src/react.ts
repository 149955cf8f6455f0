/**
 * The only thing that moves a saga: `(definition, state, input, now) -> { state, messages }`. Pure. It knows
 * no ids; it names each send by a key, and the runtime keeps what the keys stand for.
 */
import type { SagaDefinition, Step } from './define.ts';
import {
  acknowledge,
  begin,
  complete,
  isUndoOf,
  learn,
  needsAttention,
  nextStep,
  refusedStep,
  resend,
  sendStep,
  stepOf,
  turnBack,
  turnBackTimedOut,
} from './moves.ts';
import {
  type Compensating,
  hasEnded,
  type IgnoreReason,
  type Input,
  type NeedsAttention,
  type Reaction,
  type Running,
  type SagaState,
  type Why,
} from './state.ts';

/**
 * Sends in a row that timed out, after which a saga that must go on pages somebody; it is sent again for ever
 * all the same.
 */
export const ATTENTION_AFTER = 5;

export function react(
  definition: SagaDefinition,
  state: SagaState | undefined,
  input: Input,
  now: Date,
): Reaction {
  if (!state) {
    if (input.kind === 'start') return begin(definition, input.subject, input.data, now);
    return ignored(undefined, 'message-before-start');
  }
  switch (input.kind) {
    case 'start':
      return ignored(state, 'started-already');
    case 'reply':
      return onReply(definition, state, input, now);
    case 'deadline':
      return onDeadline(definition, state, now);
    case 'cancel':
      return onCancel(state);
    case 'retry':
      return onRetry(definition, state, now);
    case 'compensate':
      return onCompensate(definition, state, input.reason, now);
  }
}

type Reply = Extract<Input, { kind: 'reply' }>;

function onReply(definition: SagaDefinition, state: SagaState, reply: Reply, now: Date): Reaction {
  switch (state.status) {
    case 'completed':
    case 'compensated':
      return ignored(state, 'reply-after-end');
    case 'running':
      return onReplyWhileRunning(definition, state, reply, now);
    case 'compensating':
      return onReplyWhileUndoing(definition, state, reply, now);
    case 'needs-attention': {
      const reaction = onReply(definition, freed(state), reply, now);
      return reaction.ignored ? ignored(state, reaction.ignored) : reaction;
    }
  }
}

function onReplyWhileRunning(definition: SagaDefinition, state: Running, reply: Reply, now: Date): Reaction {
  const step = stepOf(definition, state.waiting.step) as Step;
  const read = step.on[reply.type];
  if (!read) {
    const sent = state.steps.some(({ name }) => stepOf(definition, name)?.on[reply.type]);
    return ignored(state, sent ? 'duplicate-reply' : 'foreign-reply');
  }
  const outcome = read(reply.data);
  if (outcome.kind === 'refused') {
    const refused = refusedStep(state, reply.type, outcome, now);
    const why = state.cancel ? ({ kind: 'cancelled' } as const) : outcome;
    return turnBack(definition, refused, why, now);
  }
  const learned = learn(state, reply.type, outcome.learned, now);
  if (state.cancel && step.beforeNoReturn) return turnBack(definition, learned, { kind: 'cancelled' }, now);
  const next = nextStep(definition, step);
  return next ? sendStep(definition, learned, next, now) : complete(definition, learned, now);
}

function onReplyWhileUndoing(
  definition: SagaDefinition,
  state: Compensating,
  reply: Reply,
  now: Date,
): Reaction {
  const { step } = state.waiting;
  if (isUndoOf(definition, state, step, reply.type)) return acknowledge(definition, state, reply.type, now);
  const acknowledged = state.steps.some(
    ({ name, undo }) => undo && isUndoOf(definition, state, name, reply.type),
  );
  return ignored(state, acknowledged ? 'duplicate-acknowledgement' : 'reply-after-undo');
}

function onDeadline(definition: SagaDefinition, state: SagaState, now: Date): Reaction {
  if (hasEnded(state)) return ignored(state, 'deadline-after-end');
  if (now.toISOString() < state.waiting.deadline) return ignored(state, 'deadline-moved');
  if (state.status === 'running' && stepOf(definition, state.waiting.step)?.beforeNoReturn) {
    const why: Why = { kind: state.cancel ? 'cancelled' : 'silent' };
    return turnBackTimedOut(definition, state, why, now);
  }
  const again = resend(definition, state, state.waiting.attempt + 1, now);
  return state.waiting.attempt >= ATTENTION_AFTER ? needsAttention(again) : again;
}

function onCancel(state: SagaState): Reaction {
  switch (state.status) {
    case 'running':
      return { state: { ...state, cancel: true }, messages: [] };
    case 'compensating':
      return ignored(state, 'cancel-while-undoing');
    case 'needs-attention':
      return state.was === 'running'
        ? { state: { ...state, cancel: true }, messages: [] }
        : ignored(state, 'cancel-while-undoing');
    case 'completed':
      return { state, messages: [], thenCancel: true };
    case 'compensated':
      return ignored(state, 'cancel-after-undo');
  }
}

function onRetry(definition: SagaDefinition, state: SagaState, now: Date): Reaction {
  if (hasEnded(state)) return ignored(state, 'operator-after-end');
  const live = state.status === 'needs-attention' ? freed(state) : state;
  // Before the point of no return a do is sent once: its first reply is final, and one that timed out is
  // undone.
  if (live.status === 'running' && stepOf(definition, live.waiting.step)?.beforeNoReturn)
    return ignored(state, 'retry-not-needed');
  return resend(definition, live, 1, now);
}

function onCompensate(definition: SagaDefinition, state: SagaState, note: string, now: Date): Reaction {
  if (hasEnded(state)) return ignored(state, 'operator-after-end');
  const live = state.status === 'needs-attention' ? freed(state) : state;
  if (live.status === 'compensating') return ignored(state, 'compensate-while-undoing');
  if (!stepOf(definition, live.waiting.step)?.beforeNoReturn)
    return ignored(state, 'compensate-after-no-return');
  return turnBackTimedOut(definition, live, { kind: 'operator', reason: 'stopped-by-operator', note }, now);
}

/** A saga that needs attention goes on as the state that it was in, as soon as something moves it. */
function freed(state: NeedsAttention): Running | Compensating {
  if (state.was === 'running') {
    const { was: _, ...rest } = state;
    return { ...rest, status: 'running' };
  }
  const { was: _, ...rest } = state;
  return { ...rest, status: 'compensating' };
}

function ignored(state: SagaState | undefined, reason: IgnoreReason): Reaction {
  return { state, messages: [], ignored: reason };
}
