/** What an operator reads of a saga. */
import { participantOf } from '@order-saga/contracts/catalogue';
import { WHEN_UNDONE } from '@sagakit/saga/define';
import type { Waiting } from '@sagakit/saga/state';

type Sent = { attempts: number; command?: string };
export type Waits = {
  waiting?: Pick<Waiting, 'step' | 'direction' | 'deadline'>;
  steps: (Sent & { name: string; undo?: Sent })[];
};

/**
 * What the saga waits for, in a line: whose answer, to which command, and what happens next. Undefined once
 * it has ended.
 */
export function waitsFor({ waiting, steps }: Waits): string | undefined {
  if (!waiting) return undefined;
  if (waiting.step === WHEN_UNDONE)
    return `order, which is told that all is undone, until ${waiting.deadline}`;
  const step = steps.find(({ name }) => name === waiting.step);
  const sent = waiting.direction === 'undo' ? step?.undo : step;
  const whose = sent?.command && participantOf(sent.command);
  const what = waiting.direction === 'undo' ? `the undo of ${waiting.step}` : waiting.step;
  return `${whose ? `${whose}: ` : ''}${what}, sent ${sent?.attempts ?? 0} x, until ${waiting.deadline}`;
}
