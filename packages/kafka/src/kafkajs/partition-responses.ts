/**
 * What a broker answers to a fetch, partition by partition. kafkajs 2.2.4 shows its user the batches that
 * hold records and keeps the others to itself: those that say "you are at the end", and those that hold only
 * what is not for users (transaction markers, what compaction left). Without them nobody can tell a reader
 * that has read all there is from one that stands still.
 */
import { createRequire } from 'node:module';
import type { PartitionResponse } from '../reading.ts';

type KafkaBatch = {
  topic: string;
  partition: number;
  fetchedOffset: string;
  highWatermark: string;
  rawMessages: unknown[];
  isEmpty(): boolean;
  lastOffset(): string;
};

type Runner = {
  running: boolean;
  instrumentationEmitter: { emit(name: string, payload: object): void };
  consumerGroup: { fetch(nodeId: string): Promise<KafkaBatch[]> };
  heartbeat(): Promise<void>;
  fetch(nodeId: string): Promise<KafkaBatch[]>;
};

const require = createRequire(import.meta.url);
const runner = (require('kafkajs/src/consumer/runner.js') as { prototype: Runner }).prototype;
const { FETCH, FETCH_START } = (
  require('kafkajs/src/consumer/instrumentationEvents.js') as {
    events: { FETCH: string; FETCH_START: string };
  }
).events;

let done = false;

/** From now on the event FETCH of every consumer tells `responsesOf` its payload. */
export function tellResponses(): void {
  if (done) return;
  done = true;
  runner.fetch = async function fetchAndTell(nodeId) {
    if (!this.running) return [];
    const askedAt = performance.now();
    this.instrumentationEmitter.emit(FETCH_START, { nodeId });
    const batches = await this.consumerGroup.fetch(nodeId);
    const responses = batches.map((batch) => responseOf(batch, askedAt));
    this.instrumentationEmitter.emit(FETCH, {
      numberOfBatches: batches.length,
      duration: performance.now() - askedAt,
      nodeId,
      responses,
    });
    if (batches.length === 0) await this.heartbeat();
    return batches;
  };
}

/** Empty if the fetch failed, or nothing is assigned. */
export const responsesOf = (payload: object): PartitionResponse[] =>
  (payload as { responses?: PartitionResponse[] }).responses ?? [];

function responseOf(batch: KafkaBatch, askedAt: number): PartitionResponse {
  const at = BigInt(batch.fetchedOffset);
  return {
    topic: batch.topic,
    partition: batch.partition,
    at,
    passed: batch.isEmpty() ? behind(batch, at) : undefined,
    end: BigInt(batch.highWatermark),
    askedAt,
  };
}

/** kafkajs goes on behind what it filtered; if nothing came, it stays. */
function behind(batch: KafkaBatch, at: bigint): bigint {
  return batch.rawMessages.length > 0 ? BigInt(batch.lastOffset()) + 1n : at;
}
