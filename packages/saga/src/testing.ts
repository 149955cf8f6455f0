/** Saga tests as sentences: `given(requested).expect('HoldRoom').reply(RoomHeld(...)).expect('TakeDeposit')...` */
import assert from 'node:assert/strict';
import type { Message } from '@sagakit/messages/define';
import type { SagaDefinition } from './define.ts';
import { react } from './react.ts';
import type { IgnoreReason, Input, Reaction, SagaState, Send } from './state.ts';

const START = new Date('2026-01-01T12:00:00.000Z');

export function story(definition: SagaDefinition) {
  let state: SagaState | undefined;
  let now = START;
  let unseen: Send[] = [];
  let last: Reaction | undefined;
  /** As JSON, before the last input. */
  let before: string | undefined;

  function input(what: Input) {
    before = JSON.stringify(state);
    last = react(definition, state, what, now);
    // What is stored is JSON: a state that does not survive that would break at its next load only.
    state = last.state === undefined ? undefined : (JSON.parse(JSON.stringify(last.state)) as SagaState);
    unseen.push(...last.messages);
    return tale;
  }

  const tale = {
    /** @param subject what the saga is about */
    given: (started: Message, subject = 'subject') => input({ kind: 'start', subject, data: started.data }),
    reply: ({ type, data }: Message) => input({ kind: 'reply', type, data }),
    /** Time passes until the deadline of what is waited for, and the alarm rings. */
    silence() {
      assert.ok(state && 'waiting' in state, 'nothing is waited for');
      now = new Date(state.waiting.deadline);
      return input({ kind: 'deadline' });
    },
    /** The alarm rings although nothing is due. */
    alarm: () => input({ kind: 'deadline' }),
    cancel: () => input({ kind: 'cancel' }),
    retry: () => input({ kind: 'retry' }),
    compensate: (reason = 'because') => input({ kind: 'compensate', reason }),
    /** The messages said since the last `expect`, by type, commands and events alike, in order. */
    expect(...types: string[]) {
      assert.deepEqual(
        unseen.map(({ message }) => message.type),
        types,
      );
      unseen = [];
      return tale;
    },
    /** The commands only; what is told to the curious is left out. */
    sends(...types: string[]) {
      assert.deepEqual(
        unseen.filter(({ key }) => key).map(({ message }) => message.type),
        types,
      );
      unseen = [];
      return tale;
    },
    /** What was said so far is none of the test's business. */
    forget() {
      unseen = [];
      return tale;
    },
    sendsWith(data: unknown) {
      assert.deepEqual(unseen.find(({ key }) => key)?.message.data, data);
      return tale;
    },
    followsEarlierSend() {
      const send = unseen.find(({ key }) => key);
      assert.ok(send?.follows, 'the command does not follow an earlier send');
      assert.notEqual(send.follows, send.key);
      return tale;
    },
    ignored(reason: IgnoreReason) {
      assert.equal(last?.ignored, reason);
      assert.deepEqual(last?.messages, []);
      assert.equal(JSON.stringify(last?.state), before, 'what is ignored changes nothing');
      assert.equal(last?.thenCancel, undefined);
      return tale;
    },
    is(status: SagaState['status']) {
      assert.equal(state?.status, status);
      return tale;
    },
    because(kind: string) {
      assert.ok(state && 'why' in state);
      assert.equal(state.why.kind, kind);
      return tale;
    },
    thenCancels() {
      assert.equal(last?.thenCancel, true);
      return tale;
    },
    waitsSeconds(seconds: number) {
      assert.ok(state && 'waiting' in state);
      assert.equal((Date.parse(state.waiting.deadline) - now.getTime()) / 1000, seconds);
      return tale;
    },
    state: () => state,
  };
  return tale;
}
