/** A saga's definition as data, as the orchestrator's `GET /definitions` gives it. */
import { catalogue } from '@order-saga/contracts/catalogue';
import { z } from 'zod';

export const StepAsData = z.object({
  name: z.string(),
  command: z.string(),
  replies: z.array(z.string()),
  /** Those of the replies that say no. */
  refusals: z.array(z.string()),
  undo: z.object({ command: z.string(), replies: z.array(z.string()) }).optional(),
  nothingToUndo: z.string().optional(),
  afterNoReturn: z.boolean(),
  deadlineMs: z.number(),
});
export type StepAsData = z.infer<typeof StepAsData>;

export const SagaAsData = z.object({
  name: z.string(),
  version: z.int(),
  startsOn: z.string(),
  cancelledBy: z.string().optional(),
  steps: z.array(StepAsData),
  /** What may be told once all is undone. */
  whenUndone: z.array(z.string()),
  sourceFile: z.string().optional(),
});
export type SagaAsData = z.infer<typeof SagaAsData>;

export const Definitions = z.object({ items: z.array(SagaAsData) });

/**
 * Whether a reply says no. Where no definition says so the contracts do: the first of a command's replies is
 * its success, and a command with one reply cannot be refused.
 */
export function isRefusal(type: string, definitions: readonly SagaAsData[]): boolean {
  const steps = definitions.flatMap(({ steps }) => steps).filter(({ replies }) => replies.includes(type));
  if (steps.length > 0) return steps.some(({ refusals }) => refusals.includes(type));
  return refusedByContract.has(type);
}

const refusedByContract = new Set(
  [...catalogue.messages.keys()].flatMap((type) => catalogue.repliesTo(type).slice(1)),
);
