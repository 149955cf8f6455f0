/** A story's input from the records themselves, for who has no read model: the demo, and tests. Pure. */
import type { RawRecord } from '@sagakit/kafka/record';
import { foldBatch } from '../projection/fold.ts';
import type { SagaAsData } from './definition.ts';
import type { StoryInput } from './message.ts';

/** @param records all that is known of the correlation id, in any order */
export function inputFrom(
  correlationId: string,
  records: readonly RawRecord[],
  definitions: readonly SagaAsData[],
): StoryInput {
  const { messages, copies, parked } = foldBatch(records);
  return {
    correlationId,
    messages: [...messages.values()],
    messageCount: messages.size,
    copies: [...copies.values()],
    parked: [...parked.values()],
    parkedCount: parked.size,
    definitions,
  };
}
