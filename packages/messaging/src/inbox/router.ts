/**
 * From a record (or a local input) to an item that can be decided about: who handles it, or why nobody can.
 */
import { createHash } from 'node:crypto';
import type { Envelope } from '@sagakit/messages/envelope';
import type { MessageDefinition } from '@sagakit/messages/define';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { InboxKey } from './inbox.ts';
import type { RawRecord } from '@sagakit/kafka/record';
import { decodeRecord } from './decode-record.ts';
import type { ParkReason } from '../dead-letters/dead-letters.ts';
import { EFFECTS } from '../effects/result.ts';
import type { Incoming } from '../incoming.ts';
import { contextOf } from '../to-envelope.ts';
import type { Aggregate } from '../aggregate/unit.ts';

export type Refusal = {
  reason: ParkReason;
  error: string;
  /** PostgreSQL's SQLSTATE: where its words are withheld, it says what is wrong. */
  code?: string | undefined;
  type?: string | undefined;
  correlationid?: string | undefined;
};

/** An input on its way through one transaction: it has an aggregate that takes it, or was refused. */
export type Item = { inbox: InboxKey | undefined; record?: RawRecord } & (
  | {
      incoming: Incoming;
      aggregate: Aggregate;
      refused?: undefined;
      /**
       * It takes back what was said: it waits behind nothing, and what is parked under its key goes with it.
       */
      erases?: true;
    }
  | { refused: Refusal; incoming?: Incoming }
);

export type Router = {
  /**
   * Undefined: an event of no concern here, or of a newer writer; it leaves no trace in the database. `type`
   * is a known one, or `unknown`.
   */
  fromRecord(record: RawRecord, onIgnored: (type: string) => void): Item | undefined;
  fromInput(incoming: Incoming): Item;
  /** The topics that must be subscribed to. */
  topics: string[];
};

/** What is wrong may be quoted in it, and be as long as the record. In characters. */
const LONGEST_ERROR = 1_000;

export function createRouter({
  catalogue,
  consumer,
  aggregates,
}: {
  catalogue: Catalogue;
  consumer: string;
  aggregates: readonly Aggregate[];
}): Router {
  const definitions = new Map<string, MessageDefinition>(
    aggregates.flatMap((aggregate) => aggregate.handles).map((definition) => [definition.type, definition]),
  );
  const aggregateOf = new Map<string, Aggregate>(
    aggregates.flatMap((aggregate) =>
      [
        ...aggregate.handles.flatMap(({ type, erasure }) => [type, ...(erasure ? [erasure.type] : [])]),
        ...(aggregate.local ?? []),
      ].map((type) => [type, aggregate] as const),
    ),
  );

  return {
    topics: [...new Set([...definitions.values()].map(({ topic }) => topic))],
    fromRecord(record, onIgnored) {
      const opened = decodeRecord(record, definitions, catalogue);
      if (opened.kind === 'ignored') {
        // Types come from outside; only those that the catalogue knows may become a metric label.
        onIgnored(catalogue.messages.has(opened.type) ? opened.type : 'unknown');
        return undefined;
      }
      if (opened.kind === 'unreadable') {
        return {
          inbox: placeOf(record),
          record,
          refused: { ...opened, error: opened.error.slice(0, LONGEST_ERROR) },
        };
      }
      if (opened.kind === 'erasure') {
        const inbox = placeOf(record);
        const message = { ...opened.message, id: `${inbox.source}/${inbox.id}` };
        // What it leads to names no message as its cause: it is none.
        const cause = { ...contextOf(message), id: undefined, hops: -1 };
        const incoming = { message, cause, partition: record.partition };
        return {
          inbox,
          record,
          incoming,
          aggregate: aggregateOf.get(message.type) as Aggregate,
          erases: true,
        };
      }
      const { message } = opened;
      const inbox = { source: message.source, id: message.id };
      if (opened.kind === 'message') {
        const incoming = { message, cause: contextOf(message), partition: record.partition };
        return { inbox, record, incoming, aggregate: aggregateOf.get(message.type) as Aggregate };
      }
      const error = `${consumer} has no handler for the command ${message.type}`;
      const { type, correlationid } = message;
      return { inbox, record, refused: { reason: 'unknown-command', error, type, correlationid } };
    },
    fromInput: (incoming) => ({
      inbox: inboxOf(incoming.message),
      incoming,
      aggregate: aggregateOf.get(incoming.message.type) as Aggregate,
    }),
  };
}

/**
 * What has no id is known by its place, when it came there and what it is: a topic that was deleted and made
 * again has the same places with other records, and they must not be taken for the ones before.
 */
function placeOf(record: RawRecord): InboxKey {
  const { topic, partition, offset, timestamp = '' } = record;
  return { source: `kafka:${topic}/${partition}`, id: `${offset}@${timestamp}/${digestOf(record)}` };
}

function digestOf({ key, value, headers }: RawRecord): string {
  const hash = createHash('sha256');
  for (const part of [key, value, ...headers.flat()])
    hash.update(`${part?.length ?? 'null'} `).update(part ?? '');
  return hash.digest('base64url').slice(0, 22);
}

/** Deadlines and operators' words need no inbox: the locked row decides whether they still count. */
const inboxOf = ({ source, id }: Envelope): InboxKey | undefined =>
  source === EFFECTS ? { source, id } : undefined;
