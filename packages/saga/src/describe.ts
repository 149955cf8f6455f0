/**
 * A definition as data, for whoever draws sagas: the functions in it are asked what they would send, with
 * data that stands for any.
 */
import type { SagaDefinition, Step } from './define.ts';
import type { JsonObject, Why } from './state.ts';

export type StepAsData = {
  name: string;
  command: string;
  /** The types of all replies, and those of them that say no. */
  replies: string[];
  refusals: string[];
  undo?: { command: string; replies: string[] };
  nothingToUndo?: string;
  afterNoReturn: boolean;
  /** Until it has timed out. */
  deadlineMs: number;
};

export type SagaAsData = {
  name: string;
  version: number;
  startsOn: string;
  cancelledBy?: string;
  steps: StepAsData[];
  /** The commands one of which tells that all is undone; none: nobody is told. */
  whenUndone: string[];
};

/**
 * Throws if a step cannot say what it sends without real data: then it computes in its `send`, which belongs
 * into what it learns.
 */
export function describe(definition: SagaDefinition): SagaAsData {
  const { name, version, startsOn, cancelledBy, steps, whenUndone } = definition;
  return {
    name,
    version,
    startsOn: startsOn.type,
    ...(cancelledBy ? { cancelledBy: cancelledBy.type } : {}),
    steps: steps.map(describeStep),
    whenUndone:
      typeof whenUndone === 'function' ? [...new Set(REASONS.map((why) => whenUndone(ANY, why).type))] : [],
  };
}

/** Throws as `describe` does. */
export function describeStep({ name, send, on, undo, beforeNoReturn, within }: Step): StepAsData {
  const replies = Object.keys(on);
  const undone = typeof undo === 'function' ? undo(ANY) : undefined;
  return {
    name,
    command: send(ANY).type,
    replies,
    refusals: replies.filter((type) => on[type]?.(ANY).kind === 'refused'),
    ...(undone ? { undo: { command: undone.type, replies: [...undone.replies] } } : {}),
    ...('because' in undo ? { nothingToUndo: undo.because } : {}),
    afterNoReturn: !beforeNoReturn,
    deadlineMs: within,
  };
}

const REASONS: readonly Why[] = [
  { kind: 'refused', reason: '' },
  { kind: 'silent' },
  { kind: 'cancelled' },
  { kind: 'operator', reason: 'stopped-by-operator', note: '' },
];

/** Whatever is read of it or called on it is the same again. */
const ANY: JsonObject = new Proxy(() => ANY, {
  get: (_, key): unknown => {
    if (key === Symbol.iterator) return () => [][Symbol.iterator]();
    return key === Symbol.toPrimitive ? () => '' : ANY;
  },
}) as unknown as JsonObject;
