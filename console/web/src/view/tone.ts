/** What a state is called, how grave it is, and the shape that stands for it: never a colour alone. */
import type { EventKind, OrderStatus, SagaStatus, Send, Step, StoryRow } from '@order-saga/console/api';

type Tone = 'good' | 'busy' | 'undone' | 'bad' | 'plain';
export type Shape = 'check' | 'busy' | 'undo' | 'cross' | 'hand' | 'parked' | 'none';
export type Seen = { tone: Tone; shape: Shape; word: string };

const ORDER: Readonly<Record<OrderStatus, Seen>> = {
  PENDING: { tone: 'busy', shape: 'busy', word: 'Pending' },
  CONFIRMED: { tone: 'good', shape: 'check', word: 'Confirmed' },
  REJECTED: { tone: 'bad', shape: 'cross', word: 'Rejected' },
  CANCELLED: { tone: 'undone', shape: 'undo', word: 'Cancelled' },
};

const SAGA: Readonly<Record<SagaStatus, Seen>> = {
  running: { tone: 'busy', shape: 'busy', word: 'running' },
  compensating: { tone: 'undone', shape: 'undo', word: 'undoing' },
  completed: { tone: 'good', shape: 'check', word: 'completed' },
  compensated: { tone: 'undone', shape: 'undo', word: 'compensated' },
  'needs-attention': { tone: 'bad', shape: 'hand', word: 'needs attention' },
};

export const ofOrder = (status: OrderStatus): Seen => ORDER[status];
export const ofSaga = (status: SagaStatus): Seen => SAGA[status];

/** A story as a row: what needs a hand comes before what the order says. */
export function ofRow({
  status,
  saga,
  parked,
  kind,
}: Pick<StoryRow, 'status' | 'saga' | 'parked' | 'kind'>): Seen {
  if (saga?.status === 'needs-attention') return SAGA['needs-attention'];
  if (parked > 0 && (status === undefined || status === 'PENDING'))
    return { tone: 'bad', shape: 'parked', word: 'parked' };
  if (status) return ORDER[status];
  return { tone: 'plain', shape: 'none', word: kind };
}

const SEND: Readonly<Record<Send['status'], Seen>> = {
  'never-sent': { tone: 'plain', shape: 'none', word: 'never sent' },
  waiting: { tone: 'busy', shape: 'busy', word: 'waiting' },
  done: { tone: 'good', shape: 'check', word: 'done' },
  refused: { tone: 'bad', shape: 'cross', word: 'refused' },
  silent: { tone: 'bad', shape: 'hand', word: 'no answer' },
};

/** What a step did; the word of the reply says it best (`InventoryReserved`: reserved). */
export function ofDo({ do: act }: Pick<Step, 'do'>): Seen {
  const seen = SEND[act.status];
  return act.answer ? { ...seen, word: verbOf(act.answer) ?? seen.word } : seen;
}

export function ofUndo(undo: Send): Seen {
  if (undo.status === 'done')
    return { tone: 'undone', shape: 'undo', word: (undo.answer && verbOf(undo.answer)) ?? 'undone' };
  return SEND[undo.status];
}

/** `PaymentDeclined`: `declined`. Undefined for what is not so named. */
export function verbOf(type: string): string | undefined {
  const word = /[A-Z][a-z]+$/.exec(type)?.[0];
  return word && type.length > word.length ? word.toLowerCase() : undefined;
}

export const KIND_WORD: Readonly<Record<EventKind, string>> = {
  command: 'command',
  undo: 'undo command',
  event: 'event',
  refusal: 'refusal',
  saga: 'saga log',
};

/** The colour of a lane. A service that is not in the catalogue has the last. */
export const hueOf = (lane: string, services: readonly string[]): string => {
  const place = services.indexOf(lane);
  return `var(--hue-${place < 0 ? 5 : place % 6})`;
};
