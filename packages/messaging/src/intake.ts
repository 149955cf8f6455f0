/** From a record (or a local input) to an item that can be decided about: who handles it, or why nobody can. */
import { createHash } from 'node:crypto';
import type { Envelope } from '@order-saga/contracts/envelope';
import type { MessageDefinition } from '@order-saga/contracts/message';
import { definitionOf } from '@order-saga/contracts/registry';
import type { Topic } from '@order-saga/contracts/topics';
import type { InboxKey } from './inbox.ts';
import { openRecord, type ParkReason, type RawRecord } from './open.ts';
import { EFFECTS } from './participant.ts';
import { causeOf } from './seal.ts';
import type { Incoming, Unit } from './unit.ts';

export type Refusal = { reason: ParkReason; error: string; type?: string | undefined; correlationid?: string | undefined };

/** An input on its way through one transaction: it has a unit that handles it, or was refused. */
export type Item = { inbox: InboxKey | undefined; record?: RawRecord } & (
  { incoming: Incoming; unit: Unit; refused?: undefined } | { refused: Refusal; incoming?: Incoming }
);

export type Intake = {
  /** Undefined: an event of no concern here, or of a newer writer; it leaves no trace in the database. `type` is a known one, or `unknown`. */
  fromRecord(record: RawRecord, onIgnored: (type: string) => void): Item | undefined;
  fromInput(incoming: Incoming): Item;
  /** The topics that must be subscribed to. */
  topics: Topic[];
};

/** What is wrong may be quoted in it, and be as long as the record. In characters. */
const LONGEST_ERROR = 1_000;

export function createIntake(consumer: string, units: readonly Unit[]): Intake {
  const definitions = new Map<string, MessageDefinition>(
    units.flatMap((unit) => unit.handles).map((definition) => [definition.type, definition]),
  );
  const unitOf = new Map<string, Unit>(
    units.flatMap((unit) =>
      [...unit.handles.map(({ type }) => type), ...(unit.local ?? [])].map((type) => [type, unit] as const),
    ),
  );

  return {
    topics: [...new Set([...definitions.values()].map(({ topic }) => topic))],
    fromRecord(record, onIgnored) {
      const opened = openRecord(record, definitions);
      if (opened.kind === 'ignored') {
        onIgnored(known(opened.type));
        return undefined;
      }
      if (opened.kind === 'unreadable') {
        return { inbox: placeOf(record), record, refused: { ...opened, error: opened.error.slice(0, LONGEST_ERROR) } };
      }
      const { message } = opened;
      const inbox = { source: message.source, id: message.id };
      if (opened.kind === 'message') {
        const incoming = { message, cause: causeOf(message), partition: record.partition };
        return { inbox, record, incoming, unit: unitOf.get(message.type) as Unit };
      }
      const error = `${consumer} has no handler for the command ${message.type}`;
      const { type, correlationid } = message;
      return { inbox, record, refused: { reason: 'unknown-command', error, type, correlationid } };
    },
    fromInput: (incoming) => ({
      inbox: inboxOf(incoming.message),
      incoming,
      unit: unitOf.get(incoming.message.type) as Unit,
    }),
  };
}

/**
 * What has no id is known by its place, when it came there and what it is: a topic that was deleted and made again has the same places with
 * other records, and they must not be taken for the ones before.
 */
function placeOf(record: RawRecord): InboxKey {
  const { topic, partition, offset, timestamp = '' } = record;
  return { source: `kafka:${topic}/${partition}`, id: `${offset}@${timestamp}/${digestOf(record)}` };
}

function digestOf({ key, value, headers }: RawRecord): string {
  const hash = createHash('sha256');
  for (const part of [key, value, ...headers.flat()]) hash.update(`${part?.length ?? 'null'} `).update(part ?? '');
  return hash.digest('base64url').slice(0, 22);
}

/** Deadlines and operators' words need no inbox: the locked row decides whether they still count. */
const inboxOf = ({ source, id }: Envelope): InboxKey | undefined => (source === EFFECTS ? { source, id } : undefined);

/** Types come from outside; only those that the contracts know may become a metric label. */
function known(type: string): string {
  try {
    return definitionOf(type).type;
  } catch {
    return 'unknown';
  }
}
