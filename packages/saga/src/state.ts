/** What a saga is made of: its steps' outcomes, its state, its inputs and outputs. All of it is JSON. */
import type { Message } from '@sagakit/messages/define';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Why a saga turned back. The first reason stays. `Reason`: what a definition lets its participants refuse
 * with.
 */
export type Why<Reason extends string = string> =
  | { kind: 'refused'; reason: Reason; detail?: Json }
  | { kind: 'silent' }
  | { kind: 'cancelled' }
  | { kind: 'operator'; reason: 'stopped-by-operator'; note: string };

export type Done<L> = { kind: 'done'; learned: L };
export type Refused<Reason extends string = string> = { kind: 'refused'; reason: Reason; detail?: Json };
export type Nothing = { kind: 'nothing'; because: string };

type NothingLearned = Record<never, never>;

/** The step succeeded; what it learned is known to the steps after it, and (perhaps) to its own undo. */
export function done(): Done<NothingLearned>;
export function done<L extends JsonObject>(learned: L): Done<L>;
export function done(learned: JsonObject = {}): Done<JsonObject> {
  return { kind: 'done', learned };
}

/** The participant says no. The steps before this one are undone; this one had no effect. */
export function refuse<Reason extends string>(reason: Reason, detail?: Json): Refused<Reason> {
  return { kind: 'refused', reason, ...(detail === undefined ? {} : { detail }) };
}

/** Stands where there is nothing to undo or to tell, and says why. */
export function nothing(because: string): Nothing {
  return { kind: 'nothing', because };
}

export type Direction = 'do' | 'undo';

/** The one command that a saga waits on. */
export type Waiting = {
  step: string;
  direction: Direction;
  /** Sends in this round, from 1: what the back-off goes by. An operator's retry begins a new round. */
  attempt: number;
  /** ISO time from which it has timed out. */
  deadline: string;
  /** Names the send: `<subject>/<saga>/<step>/<direction>/<n>`. */
  key: string;
};

export type StepStatus = 'waiting' | 'done' | 'refused' | 'unknown' | 'undoing' | 'undone';

/** A step as the operator sees it. `attempts` are all sends ever in that direction. */
export type StepRecord = {
  name: string;
  status: StepStatus;
  attempts: number;
  sentAt: string;
  endedAt?: string;
  /** The type of the reply that counted. */
  answer?: string;
  undo?: { attempts: number; sentAt: string; endedAt?: string; answer?: string };
  refusal?: { reason: string; detail?: Json };
};

type Header = {
  name: string;
  version: number;
  /** What the saga is about: the key of its messages. */
  subject: string;
  /** What the saga began with, and what its steps learned. */
  data: JsonObject;
  /** In the order in which they were sent; a step not listed was never sent. */
  steps: StepRecord[];
  startedAt: string;
};

export type Running = Header & { status: 'running'; waiting: Waiting; cancel: boolean };
export type Compensating = Header & { status: 'compensating'; waiting: Waiting; why: Why };
export type NeedsAttention = Header & { status: 'needs-attention'; waiting: Waiting } & (
    { was: 'running'; cancel: boolean } | { was: 'compensating'; why: Why }
  );
export type Completed = Header & { status: 'completed'; cancel: boolean; endedAt: string };
export type Compensated = Header & { status: 'compensated'; why: Why; endedAt: string };
export type SagaState = Running | Compensating | NeedsAttention | Completed | Compensated;

/** It does not move any more. A complete one can still be followed by the saga that undoes it. */
export const hasEnded = <S extends Pick<SagaState, 'status'>>(
  saga: S,
): saga is S & { status: 'completed' | 'compensated' } =>
  saga.status === 'completed' || saga.status === 'compensated';

export type Input =
  | { kind: 'start'; subject: string; data: unknown }
  | { kind: 'reply'; type: string; data: unknown }
  | { kind: 'deadline' }
  | { kind: 'cancel' }
  | { kind: 'retry' }
  | { kind: 'compensate'; reason: string };

/**
 * What a saga tells about itself: only what its commands and their replies do not say already. The runner
 * names the subject, and the catalogue has the schemas.
 */
export type SagaEvent = {
  type:
    | 'SagaStarted'
    | 'SagaStepTimedOut'
    | 'SagaCompensating'
    | 'SagaCompleted'
    | 'SagaCompensated'
    | 'SagaNeedsAttention';
  data: { saga: string; version: number; step?: string; why?: { kind: Why['kind']; reason?: string } };
};

/**
 * What is to be written: a command with the `key` of its send (one that is sent again also says which send it
 * follows), or an event.
 */
export type Send =
  | { message: Message; key: string; follows?: string }
  | { message: SagaEvent; key?: undefined; follows?: undefined };

export type Reaction = {
  state: SagaState | undefined;
  messages: Send[];
  /** Why nothing changed. */
  ignored?: IgnoreReason;
  /**
   * It was complete when it was cancelled, or cancelled before it was complete: the cancelling saga begins
   * now.
   */
  thenCancel?: true;
};

export type IgnoreReason =
  | 'started-already'
  | 'duplicate-reply'
  | 'foreign-reply'
  | 'reply-after-undo'
  | 'reply-after-end'
  | 'reply-to-another-saga'
  | 'message-before-start'
  | 'duplicate-acknowledgement'
  | 'deadline-moved'
  | 'deadline-after-end'
  | 'cancel-while-undoing'
  | 'cancel-after-undo'
  | 'retry-not-needed'
  | 'operator-after-end'
  | 'compensate-after-no-return'
  | 'compensate-while-undoing';
