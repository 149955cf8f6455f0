/**
 * Saga tests as sentences:
 * `given(requested).expect('HoldRoom').reply(RoomHeld(...)).expect('TakeDeposit')...`
 */
import assert from 'node:assert/strict';
import type { Message } from '@sagakit/messages/define';
import type { SagaDefinition } from './define.ts';
import { react } from './react.ts';
import type { IgnoreReason, Input, Reaction, SagaState, Send } from './state.ts';

const START = new Date('2026-01-01T12:00:00.000Z');

type Progress = {
  state: SagaState | undefined;
  now: Date;
  /** Said since the last look at it. */
  unseen: Send[];
  last: Reaction | undefined;
  /** The state before the last input, as JSON. */
  before: string | undefined;
};

/** What happens to the saga. */
function inputs(progress: Progress, definition: SagaDefinition) {
  function input(what: Input): void {
    const { state, now } = progress;
    const last = react(definition, state, what, now);
    progress.before = JSON.stringify(state);
    progress.last = last;
    // What is stored is JSON: a state that does not survive that would break at its next load only.
    progress.state =
      last.state === undefined ? undefined : (JSON.parse(JSON.stringify(last.state)) as SagaState);
    progress.unseen.push(...last.messages);
  }
  return {
    /** @param subject what the saga is about */
    given: (started: Message, subject = 'subject') => input({ kind: 'start', subject, data: started.data }),
    reply: ({ type, data }: Message) => input({ kind: 'reply', type, data }),
    /** Time passes until the deadline of what is waited for, and the alarm rings. */
    timesOut() {
      const { state } = progress;
      assert.ok(state && 'waiting' in state, 'nothing is waited for');
      progress.now = new Date(state.waiting.deadline);
      input({ kind: 'deadline' });
    },
    /** The alarm rings although nothing is due. */
    alarm: () => input({ kind: 'deadline' }),
    cancel: () => input({ kind: 'cancel' }),
    retry: () => input({ kind: 'retry' }),
    compensate: (reason = 'because') => input({ kind: 'compensate', reason }),
  };
}

/** What must have become of it. */
function expectations(progress: Progress) {
  const command = () => progress.unseen.find(({ key }) => key);
  function said(sends: readonly Send[], types: readonly string[]): void {
    assert.deepEqual(
      sends.map(({ message }) => message.type),
      types,
    );
    progress.unseen = [];
  }
  return {
    /** The messages said since the last `expect`, by type, commands and events alike, in order. */
    expect: (...types: string[]) => said(progress.unseen, types),
    /** The commands only; what is told to the curious is left out. */
    sends(...types: string[]) {
      said(
        progress.unseen.filter(({ key }) => key),
        types,
      );
    },
    /** What was said so far is none of the test's business. */
    forget: () => void (progress.unseen = []),
    sendsWith: (data: unknown) => assert.deepEqual(command()?.message.data, data),
    followsEarlierSend() {
      const send = command();
      assert.ok(send?.follows, 'the command does not follow an earlier send');
      assert.notEqual(send.follows, send.key);
    },
    ignored(reason: IgnoreReason) {
      const { last, before } = progress;
      assert.equal(last?.ignored, reason);
      assert.deepEqual(last?.messages, []);
      assert.equal(JSON.stringify(last?.state), before, 'what is ignored changes nothing');
      assert.equal(last?.thenCancel, undefined);
    },
    is: (status: SagaState['status']) => assert.equal(progress.state?.status, status),
    because(kind: string) {
      const { state } = progress;
      assert.ok(state && 'why' in state);
      assert.equal(state.why.kind, kind);
    },
    thenCancels: () => assert.equal(progress.last?.thenCancel, true),
    waitsSeconds(seconds: number) {
      const { state, now } = progress;
      assert.ok(state && 'waiting' in state);
      assert.equal((Date.parse(state.waiting.deadline) - now.getTime()) / 1000, seconds);
    },
  };
}

type Sentences = ReturnType<typeof inputs> & ReturnType<typeof expectations>;
export type Scenario = {
  [Name in keyof Sentences]: (...args: Parameters<Sentences[Name]>) => Scenario;
} & { state(): SagaState | undefined };

/** One saga of that definition: every sentence gives the scenario again, for the next. */
export function scenario(definition: SagaDefinition): Scenario {
  const progress: Progress = {
    state: undefined,
    now: START,
    unseen: [],
    last: undefined,
    before: undefined,
  };
  const sentences: Record<string, (...args: never[]) => void> = {
    ...inputs(progress, definition),
    ...expectations(progress),
  };
  const fluent = Object.fromEntries(
    Object.entries(sentences).map(([name, sentence]) => [
      name,
      (...args: never[]) => {
        sentence(...args);
        return told;
      },
    ]),
  );
  const told = { ...fluent, state: () => progress.state } as Scenario;
  return told;
}
