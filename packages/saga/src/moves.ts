/** The moves that a saga can make; `react` says which one is made when. Pure, all of them. */
import type { Command } from '@sagakit/messages/define';
import { type SagaDefinition, type Step, WHEN_UNDONE } from './define.ts';
import type {
  Compensating,
  Direction,
  JsonObject,
  NeedsAttention,
  Reaction,
  Refused,
  Running,
  SagaEvent,
  SagaState,
  Send,
  StepRecord,
  Waiting,
  Why,
} from './state.ts';

type CommandSend = Extract<Send, { key: string }>;

const MAX_WAIT_MS = 5 * 60_000;

export function stepOf(definition: SagaDefinition, name: string): Step | undefined {
  return definition.steps.find((step) => step.name === name);
}

export function nextStep(definition: SagaDefinition, step: Step): Step | undefined {
  return definition.steps[definition.steps.indexOf(step) + 1];
}

export function begin(definition: SagaDefinition, subject: string, started: unknown, now: Date): Reaction {
  const data = definition.begin(started);
  const header = {
    name: definition.name,
    version: definition.version,
    subject,
    data,
    steps: [],
    startedAt: now.toISOString(),
    cancel: false,
  };
  const [first] = definition.steps;
  if (!first) throw new Error(`the saga ${definition.name} has no step`);
  const reaction = sendStep(definition, header, first, now);
  return {
    ...reaction,
    messages: [{ message: tell('SagaStarted', reaction.state as SagaState) }, ...reaction.messages],
  };
}

/** A state on its way, and what was said so far. */
export type Moved<S> = { state: S; messages: Send[] };

/** Sends a step's command: the first one's, or the next one's after a success. */
export function sendStep(
  definition: SagaDefinition,
  state: Omit<Running, 'status' | 'waiting'>,
  step: Step,
  now: Date,
): Reaction {
  const sent = sendOf(state, step.name, 'do', 1, step.within, step.send(state.data), now);
  const record: StepRecord = { name: step.name, status: 'waiting', attempts: 1, sentAt: now.toISOString() };
  return {
    state: { ...state, status: 'running', steps: [...state.steps, record], waiting: sent.waiting },
    messages: [sent.send],
  };
}

/** The step in flight succeeded, by that reply. */
export function learn(state: Running, reply: string, learned: JsonObject, now: Date): Running {
  const known = { ...state, data: { ...state.data, ...learned } };
  return withRecord(known, state.waiting.step, { status: 'done', endedAt: now.toISOString(), answer: reply });
}

/** The step in flight was refused, by that reply: it had no effect. */
export function refusedStep(state: Running, reply: string, { reason, detail }: Refused, now: Date): Running {
  const refusal = detail === undefined ? { reason } : { reason, detail };
  return withRecord(state, state.waiting.step, {
    status: 'refused',
    endedAt: now.toISOString(),
    answer: reply,
    refusal,
  });
}

/** Nothing is sent any more that would need what is in them. That they were there stays. */
function forgetSecrets({ forgets = [] }: SagaDefinition, data: JsonObject): JsonObject {
  return { ...data, ...Object.fromEntries(forgets.map((name) => [name, {}])) };
}

export function complete(definition: SagaDefinition, state: Running, now: Date): Reaction {
  const { waiting: _waiting, ...rest } = state;
  const data = forgetSecrets(definition, state.data);
  const reaction: Reaction = {
    state: { ...rest, data, status: 'completed', endedAt: now.toISOString() },
    messages: [{ message: tell('SagaCompleted', state) }],
  };
  return state.cancel ? { ...reaction, thenCancel: true } : reaction;
}

/** Timed out, or stopped from outside: what the step in flight did is unknown, so it is undone too. */
export function turnBackTimedOut(definition: SagaDefinition, state: Running, why: Why, now: Date): Reaction {
  const step = state.waiting.step;
  const unknown = withRecord(state, step, { status: 'unknown', endedAt: now.toISOString() });
  const timedOut = why.kind === 'operator' ? [] : [{ message: tell('SagaStepTimedOut', state, { step }) }];
  const reaction = turnBack(definition, unknown, why, now);
  return { ...reaction, messages: [...timedOut, ...reaction.messages] };
}

export function turnBack(definition: SagaDefinition, state: Running, why: Why, now: Date): Reaction {
  const { cancel: _, ...rest } = state;
  const reason = 'reason' in why ? { reason: why.reason } : {};
  const told = { message: tell('SagaCompensating', state, { why: { kind: why.kind, ...reason } }) };
  const undone = undoNext(definition, { ...rest, status: 'compensating', why }, now);
  return { ...undone, messages: [told, ...undone.messages] };
}

/**
 * Upward: the last step that may have had an effect and is not undone yet; then whoever must be told; then
 * the end.
 */
function undoNext(definition: SagaDefinition, state: Compensating, now: Date): Reaction {
  for (const { name, status } of state.steps.toReversed()) {
    const step = stepOf(definition, name) as Step;
    if (status === 'refused' || status === 'undone' || typeof step.undo !== 'function') continue;
    const sent = sendOf(state, name, 'undo', 1, step.within, step.undo(state.data), now);
    const undoing = withRecord(state, name, {
      status: 'undoing',
      undo: { attempts: 1, sentAt: now.toISOString() },
    });
    return { state: { ...undoing, waiting: sent.waiting }, messages: [sent.send] };
  }
  if (typeof definition.whenUndone !== 'function') return compensated(definition, state, now);
  return tellUndone(definition, state, definition.whenUndone(state.data, state.why), now);
}

function tellUndone(definition: SagaDefinition, state: Compensating, command: Command, now: Date): Reaction {
  const sent = sendOf(state, WHEN_UNDONE, 'do', 1, definition.whenUndoneWithin, command, now);
  return { state: { ...state, waiting: sent.waiting }, messages: [sent.send] };
}

function compensated(definition: SagaDefinition, state: Compensating, now: Date): Reaction {
  const { waiting: _, ...rest } = state;
  const data = forgetSecrets(definition, state.data);
  const reason = 'reason' in state.why ? { reason: state.why.reason } : {};
  return {
    state: { ...rest, data, status: 'compensated', endedAt: now.toISOString() },
    messages: [{ message: tell('SagaCompensated', state, { why: { kind: state.why.kind, ...reason } }) }],
  };
}

/** True if `type` acknowledges the undo of the step (or, at the end, the telling). */
export function isUndoOf(
  definition: SagaDefinition,
  state: Compensating,
  step: string,
  type: string,
): boolean {
  if (step === WHEN_UNDONE) {
    return (
      typeof definition.whenUndone === 'function' &&
      definition.whenUndone(state.data, state.why).replies[0] === type
    );
  }
  const undo = stepOf(definition, step)?.undo;
  return typeof undo === 'function' && undo(state.data).replies[0] === type;
}

/** The undo in flight is acknowledged by that reply: the effect is not there and never will be. */
export function acknowledge(
  definition: SagaDefinition,
  state: Compensating,
  reply: string,
  now: Date,
): Reaction {
  const { step } = state.waiting;
  if (step === WHEN_UNDONE) return compensated(definition, state, now);
  const record = state.steps.find(({ name }) => name === step) as StepRecord;
  const undo = {
    ...(record.undo as NonNullable<StepRecord['undo']>),
    endedAt: now.toISOString(),
    answer: reply,
  };
  return undoNext(definition, withRecord(state, step, { status: 'undone', undo }), now);
}

/** Sends again what the saga waits for, and waits twice as long as before. */
export function resend<S extends Running | Compensating | NeedsAttention>(
  definition: SagaDefinition,
  state: S,
  attempt: number,
  now: Date,
): Moved<S> {
  const { step: name, direction, key: follows } = state.waiting;
  const step = stepOf(definition, name);
  const record = state.steps.find((candidate) => candidate.name === name);
  const sentBefore = Number(follows.slice(follows.lastIndexOf('/') + 1));
  const within = step?.within ?? definition.whenUndoneWithin;
  const sent = sendOf(
    state,
    name,
    direction,
    attempt,
    within,
    commandOf(definition, state, step),
    now,
    sentBefore + 1,
  );
  const next = { ...state, waiting: sent.waiting };
  const messages = [{ ...sent.send, follows }];
  if (!record) return { state: next, messages };
  const counted =
    direction === 'do'
      ? { attempts: record.attempts + 1 }
      : { undo: { ...(record.undo as NonNullable<StepRecord['undo']>), attempts: sentBefore + 1 } };
  return { state: withRecord(next, name, counted), messages };
}

function commandOf(definition: SagaDefinition, state: SagaState, step: Step | undefined): Command {
  if (!step) {
    const { whenUndone } = definition;
    if (typeof whenUndone !== 'function' || !('why' in state))
      throw new Error('nobody is to be told, yet the saga waits for it');
    return whenUndone(state.data, state.why);
  }
  if ('why' in state) {
    if (typeof step.undo !== 'function')
      throw new Error(`${step.name} has nothing to undo, yet the saga waits for it`);
    return step.undo(state.data);
  }
  return step.send(state.data);
}

export function needsAttention({
  state,
  messages,
}: Moved<Running | Compensating | NeedsAttention>): Reaction {
  const { step } = state.waiting;
  const told: Send = { message: tell('SagaNeedsAttention', state, { step }) };
  const all = [...messages, told];
  if (state.status === 'needs-attention') return { state, messages };
  if (state.status === 'running')
    return { state: { ...state, status: 'needs-attention', was: 'running' }, messages: all };
  return { state: { ...state, status: 'needs-attention', was: 'compensating' }, messages: all };
}

function sendOf(
  state: { name: string; subject: string },
  step: string,
  direction: Direction,
  attempt: number,
  within: number,
  command: Command,
  now: Date,
  nth = 1,
): { waiting: Waiting; send: CommandSend } {
  const wait = Math.max(within, Math.min(within * 2 ** (attempt - 1), MAX_WAIT_MS));
  const key = `${state.subject}/${state.name}/${step}/${direction}/${nth}`;
  const deadline = new Date(now.getTime() + wait).toISOString();
  return { waiting: { step, direction, attempt, deadline, key }, send: { message: command, key } };
}

function withRecord<S extends { steps: StepRecord[] }>(
  state: S,
  name: string,
  change: Partial<StepRecord>,
): S {
  return {
    ...state,
    steps: state.steps.map((record) => (record.name === name ? { ...record, ...change } : record)),
  };
}

function tell(
  type: SagaEvent['type'],
  { name, version }: { name: string; version: number },
  more: Omit<SagaEvent['data'], 'saga' | 'version'> = {},
): SagaEvent {
  return { type, data: { saga: name, version, ...more } };
}
