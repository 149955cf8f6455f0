/**
 * The sagas of a story, step by step: what was sent, how often, what was answered. Derived from the messages
 * and the definition alone, by the order in which the orchestrator wrote: its commands, what it tells about
 * its sagas, and which answers moved it.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { Saga, Send, Step } from '../api.ts';
import { isRefusal, type SagaAsData, type StepAsData } from './definition.ts';
import { type StoryMessage, textIn } from './message.ts';

/** Which send of which saga a message is, or answers. */
export type StepRef = { saga: string; name: string; direction: 'do' | 'undo' };

export type SagasOfStory = {
  sagas: Saga[];
  /** By message id: all sends and the answers that counted. */
  refs: Map<string, StepRef>;
};

/** What the saga tells once all is undone has a place of its own, under this name. */
const END = 'when-undone';

const ORCHESTRATOR = catalogue.sourceOf('saga.events');
const STATUS: Readonly<Record<string, Saga['status']>> = {
  SagaStarted: 'running',
  SagaCompensating: 'compensating',
  SagaCompleted: 'completed',
  SagaCompensated: 'compensated',
};

export function sagasOf(messages: readonly StoryMessage[], definitions: readonly SagaAsData[]): SagasOfStory {
  const known = messages.filter(({ data }) => data !== undefined);
  const byId = new Map(known.map((message) => [message.id, message]));
  const said = known
    .filter(({ source, saga }) => source === ORCHESTRATOR && saga !== null)
    .toSorted((a, b) => a.sequence - b.sequence);
  const bySaga = Map.groupBy(said, ({ saga }) => saga as string);
  const refs: SagasOfStory['refs'] = new Map();
  const sagas = [...bySaga].map(([sagaId, own]) => follow(sagaId, own, { byId, definitions, refs }));
  return { sagas, refs };
}

type Around = {
  byId: ReadonlyMap<string, StoryMessage>;
  definitions: readonly SagaAsData[];
  refs: SagasOfStory['refs'];
};

type Following = {
  name: string;
  definition: SagaAsData | undefined;
  definitions: readonly SagaAsData[];
  refs: SagasOfStory['refs'];
  status: Saga['status'];
  /** The status that it had when it fell still; it goes on as that. */
  was: Saga['status'];
  why?: Saga['why'];
  endedAt?: string;
  /** In the order in which they were first sent. `step direction` */
  sends: Map<string, Send>;
  waiting: string | undefined;
};

function follow(sagaId: string, own: readonly StoryMessage[], { byId, definitions, refs }: Around): Saga {
  const first = own[0] as StoryMessage;
  const named = own.find(({ type }) => type in STATUS || type.startsWith('Saga'));
  const name = textIn(named, 'saga') ?? 'unknown';
  const version = named?.data?.['version'];
  const definition = definitions.find((one) => one.name === name && one.version === version);
  const state: Following = {
    name,
    definition,
    definitions,
    refs,
    status: 'running',
    was: 'running',
    sends: new Map(),
    waiting: undefined,
  };
  for (const message of own) {
    answered(state, byId.get(message.cause ?? ''), sagaId);
    if (message.topic.endsWith('.commands')) sent(state, message);
    else told(state, message);
  }
  return {
    sagaId,
    name,
    ...(typeof version === 'number' ? { version } : {}),
    status: state.status,
    ...(state.why ? { why: state.why } : {}),
    startedAt: first.time,
    ...(state.endedAt ? { endedAt: state.endedAt } : {}),
    definition: definition ? 'known' : 'unknown',
    ...(definition?.sourceFile ? { sourceFile: definition.sourceFile } : {}),
    ...stepsOf(state),
  };
}

/** An answer counted if the orchestrator wrote something because of it. */
function answered(state: Following, reply: StoryMessage | undefined, sagaId: string): void {
  const waiting = state.sends.get(state.waiting ?? '');
  if (
    !reply ||
    !waiting ||
    reply.source === ORCHESTRATOR ||
    reply.saga !== sagaId ||
    waiting.status !== 'waiting'
  )
    return;
  const refused = isRefusal(reply.type, state.definition ? [state.definition] : state.definitions);
  waiting.status = refused ? 'refused' : 'done';
  waiting.endedAt = reply.time;
  waiting.answer = reply.type;
  waiting.answerId = reply.id;
  delete waiting.deadline;
  const word = refused ? (textIn(reply, 'code') ?? textIn(reply, 'reason')) : undefined;
  if (word) waiting.refusal = word;
  state.refs.set(reply.id, refOf(state, state.waiting as string));
}

function sent(state: Following, { type, id, time }: StoryMessage): void {
  const key = keyOf(state, type);
  const before = state.sends.get(key);
  state.refs.set(id, refOf(state, key));
  if (before) {
    before.attempts++;
    before.resentAt = time;
    // How long it waits now depends on what an operator did.
    delete before.deadline;
    if (before.status !== 'waiting') return;
  } else {
    const deadline = deadlineOf(state, key, time);
    state.sends.set(key, {
      command: type,
      status: 'waiting',
      attempts: 1,
      sentAt: time,
      sendId: id,
      ...(deadline ? { deadline } : {}),
    });
    if (state.status === 'needs-attention') state.status = state.was;
  }
  state.waiting = key;
}

function told(state: Following, { type, time, data }: StoryMessage): void {
  const waiting = state.sends.get(state.waiting ?? '');
  if (type === 'SagaNeedsAttention') {
    if (state.status !== 'needs-attention') state.was = state.status;
    state.status = 'needs-attention';
    return;
  }
  // Timed out, or turned back from outside: what the step in flight did is unknown.
  if ((type === 'SagaStepTimedOut' || type === 'SagaCompensating') && waiting?.status === 'waiting') {
    waiting.status = 'silent';
    waiting.endedAt = time;
    delete waiting.deadline;
  }
  const status = STATUS[type];
  if (!status) return;
  state.status = status;
  if (type === 'SagaCompensating' || type === 'SagaCompensated') state.why ??= data?.['why'] as Saga['why'];
  if (status === 'completed' || status === 'compensated') state.endedAt = time;
}

const turnedBack = ({ status, was }: Following) =>
  status === 'compensating' ||
  status === 'compensated' ||
  (status === 'needs-attention' && was === 'compensating');

/** `process-payment do`. Where the definition is not known a step is called by its command. */
function keyOf(state: Following, command: string): string {
  const { definition } = state;
  if (!turnedBack(state)) {
    return `${definition?.steps.find((step) => step.command === command)?.name ?? command} do`;
  }
  const undone = definition?.steps.find(({ undo }) => undo?.command === command);
  if (undone) return `${undone.name} undo`;
  return catalogue.isUndo(command) && !definition ? `${command} do` : `${END} do`;
}

function refOf({ name: saga }: Following, key: string): StepRef {
  const at = key.lastIndexOf(' ');
  return { saga, name: key.slice(0, at), direction: key.endsWith(' undo') ? 'undo' : 'do' };
}

function deadlineOf({ definition }: Following, key: string, sentAt: string): string | undefined {
  const within = definition?.steps.find(({ name }) => key.startsWith(`${name} `))?.deadlineMs;
  return within === undefined ? undefined : new Date(Date.parse(sentAt) + within).toISOString();
}

function stepsOf({ definition, sends }: Following): Pick<Saga, 'steps' | 'end'> {
  const end = sends.get(`${END} do`);
  const steps = definition ? definition.steps.map((step) => stepOf(step, sends)) : sentSteps(sends);
  return { steps, ...(end ? { end } : {}) };
}

const neverSent = (command: string): Send => ({ command, status: 'never-sent', attempts: 0 });

function stepOf(step: StepAsData, sends: Following['sends']): Step {
  const { name, command, undo, nothingToUndo, afterNoReturn } = step;
  const done = sends.get(`${name} do`) ?? neverSent(command);
  const undone = undo && (sends.get(`${name} undo`) ?? neverSent(undo.command));
  return {
    name,
    afterNoReturn,
    status: statusOf(done, undone),
    do: done,
    ...(undone ? { undo: undone } : {}),
    ...(nothingToUndo ? { nothingToUndo } : {}),
  };
}

function sentSteps(sends: Following['sends']): Step[] {
  const own = [...sends].filter(([key]) => !key.startsWith(`${END} `));
  return own.map(([key, send]) => ({
    name: key.slice(0, key.lastIndexOf(' ')),
    afterNoReturn: false,
    status: statusOf(send, undefined),
    do: send,
  }));
}

/** In the words of `GET /sagas/{orderId}`. */
function statusOf(done: Send, undone: Send | undefined): Step['status'] {
  if (undone && undone.status !== 'never-sent') return undone.status === 'done' ? 'undone' : 'undoing';
  return done.status === 'silent' ? 'unknown' : done.status;
}
