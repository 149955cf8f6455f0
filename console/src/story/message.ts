/** A message as the pure functions of a story see it. */
import { catalogue } from '@order-saga/contracts/catalogue';
import type { CopyRow, MessageRow, ParkedRow } from '../projection/rows.ts';
import type { SagaAsData } from './definition.ts';
import type { SpansOfStory } from './spans.ts';

export type StoryMessage = Omit<MessageRow, 'value'> & {
  /** `/payment` is in the lane `payment`. */
  lane: string;
  /**
   * Undefined: it was too long to be kept, or nobody who may say it said it. What is shown does not ask, what
   * is concluded does.
   */
  data: Readonly<Record<string, unknown>> | undefined;
};

/** All that is known of one correlation id. `value` is null where it was left out for its length. */
export type StoryInput = {
  correlationId: string;
  messages: readonly (Omit<MessageRow, 'value'> & { value: string | null })[];
  /** Of all, also those that were not read. */
  messageCount: number;
  copies: readonly CopyRow[];
  parked: readonly ParkedRow[];
  parkedCount: number;
  definitions: readonly SagaAsData[];
  /** Default: none. */
  spans?: SpansOfStory;
};

const laneOf = (source: string) => source.replace(/^\//, '') || source;

export function toMessage({ value, ...row }: StoryInput['messages'][number]): StoryMessage {
  return { ...row, lane: laneOf(row.source), data: isOwners(row) ? dataIn(value) : undefined };
}

function isOwners({ topic, type, source }: Pick<MessageRow, 'topic' | 'type' | 'source'>): boolean {
  return catalogue.messages.get(type)?.topic === topic && catalogue.sourceOf(topic) === source;
}

function dataIn(value: string | null): StoryMessage['data'] {
  try {
    const { data } = JSON.parse(value ?? '') as { data?: unknown };
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The text in a field of a message's data, if it has one there. */
export function textIn(
  message: Pick<StoryMessage, 'data'> | undefined,
  ...fields: string[]
): string | undefined {
  let value: unknown = message?.data;
  for (const field of fields) value = (value as Record<string, unknown> | undefined | null)?.[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
