/**
 * Records without a value: what was said last under a key on a compacted topic is to be forgotten, by the
 * broker and by everybody who keeps a copy. They take the way of messages, through the outbox.
 */
import type { Erasure } from '@sagakit/messages/define';
import type { Statement } from '@sagakit/postgres/statement';
import type { MessageContext, MessageWriter } from '../to-envelope.ts';
import type { OutboxBuffer, StoredMessage } from './outbox.ts';

/** `head`: what the headers of the record say. */
export type OutgoingErasure = { topic: string; head: StoredMessage['envelope'] };

/**
 * Takes back what was said under the key. `erase(GuestNamed, room, cause, writer)`
 *
 * @param cause whose conversation it is a part of
 */
export function erase<Id extends string>(
  { erasure }: { readonly erasure: Erasure<Id> },
  key: Id,
  { correlationid, traceparent }: MessageContext,
  { source }: MessageWriter,
): OutgoingErasure {
  const { type, topic } = erasure;
  return { topic, head: { type, source, subject: key, correlationid, traceparent } };
}

/**
 * Like appendToOutbox, in the same transaction and, for the same keys, after the message that is taken back:
 * while its subject's row is locked.
 */
export function appendErasures(erasures: readonly OutgoingErasure[], buffer?: OutboxBuffer): Statement[] {
  if (erasures.length === 0) return [];
  const heads = erasures.map(({ head }) => JSON.stringify(head));
  return [
    {
      name: 'outbox-append-erasures',
      text: `insert into outbox (topic, key, erasure)
             select topic, key, erasure::json
             from unnest($1::text[], $2::text[], $3::text[]) with ordinality as m (topic, key, erasure, place)
             order by place
             returning id`,
      values: [erasures.map(({ topic }) => topic), erasures.map(({ head }) => head.subject), heads],
      notifies: buffer,
      onRows: (rows: { id: string }[]) =>
        rows.forEach(({ id }, place) => {
          const { topic, head } = erasures[place] as OutgoingErasure;
          buffer?.add(id, { topic, envelope: head, json: null });
        }),
    },
  ];
}
