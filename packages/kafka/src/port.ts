/** What the rest of the framework knows of a Kafka client; whoever replaces kafkajs/ keeps it. Types only. */
import type { BatchDelay } from '@sagakit/resilience/batch-delay';
import type { Log } from '@sagakit/resilience/log';
import type { KafkaConnection } from './connection.ts';
import type { RecordHeaders } from './headers.ts';
import type { RawRecord } from './record.ts';

export type OutgoingRecord = {
  topic: string;
  key: string | Buffer | null;
  value: string | Buffer | null;
  /** By name; or a list, where a name may come twice, and bytes. */
  headers: Record<string, string> | RecordHeaders;
};

export type RecordSender = {
  /**
   * Resolves when all in-sync replicas have all records. A batch that failed is sent again whole: at least
   * once.
   */
  send(records: OutgoingRecord[]): Promise<void>;
  stop(): Promise<void>;
};

export type BatchConsumer = {
  start(): Promise<void>;
  /** Takes no more, finishes the batch in flight, commits offsets, leaves the group. */
  stop(): Promise<void>;
  /** `away` while no broker answers or the group is not joined yet. */
  state(): 'joined' | 'away';
  /**
   * True once everything that lay unread at start, at assignment or after an outage of the broker has been
   * handled.
   */
  caughtUp(): boolean;
  /**
   * How long ago the moment is, in milliseconds, before which everything that was written to this replica's
   * partitions has been handled. About a second while nothing comes, grows without bound while something
   * holds the reader; Infinity: not known yet, or the broker is away.
   */
  readAgoMs(): number;
  /**
   * The same for people: how long ago this was last known, through outages and joins; before the first join,
   * the process' age.
   */
  behindMs(): number;
  /**
   * When the broker answered again after it had been away, in milliseconds of `performance.now()`; -Infinity
   * if it never was.
   */
  backSince(): number;
  /**
   * Offsets of each topic that lie unread in this replica's partitions: no fewer than the messages. Asks the
   * broker.
   */
  lag(): Promise<Map<string, number>>;
  /**
   * Records handled since the start, and what was passed because it holds no records (markers of
   * transactions, gaps).
   */
  handled(): number;
  /** Partition numbers that this replica owns. */
  partitions(): Set<number>;
};

export type ConsumerOptions = {
  kafka: KafkaConnection;
  groupId: string;
  /**
   * Nobody else who lives has this client id in the group: who is there under it was killed, or was this one
   * before the broker went away; its place is not waited for. Should two have it after all, each start of one
   * costs the other a join.
   */
  ownsClientId?: boolean;
  topics: string[];
  /** Of all these topics together. */
  partitionCount: number;
  /**
   * Handles records of one fetch, in order within each partition; returns when they are committed in the
   * database.
   */
  onBatch: (records: RawRecord[], signal: AbortSignal) => Promise<void>;
  /**
   * The consumer is dead and cannot be revived: the process should end, so that its supervisor starts a new
   * one.
   */
  onDead: (error: Error) => void;
  /** How long the next fetch waits after a batch. Default: not at all. */
  batchDelay?: BatchDelay | undefined;
  /**
   * How long the broker holds a fetch for which it has no records: each look costs, also at rest; a stop, a
   * heartbeat and `readAgoMs` wait for it. Default: 1,000.
   */
  fetchWaitMs?: number | undefined;
  log: Log;
};
