/**
 * An aggregate whose messages are its history: a decision gives events, the state is what they make of it.
 */
import type { Envelope } from '@sagakit/messages/envelope';
import type { Message } from '@sagakit/messages/define';
import { type Statement, writeRows } from '@sagakit/postgres/statement';
import type { Column } from '@sagakit/postgres/table';
import { declare, type Declaration, EMPTY } from './aggregate.ts';
import { type Decision, decide, type Ignored } from './decision.ts';
import type { Store } from './store.ts';

/** An append-only table of events: `(<key>, sequence, message_id, type, data, time)`. */
export type EventStore = { readonly table: string; append(events: readonly Envelope[]): Statement[] };

/** The primary key (key, sequence) refuses a second event in the same place. */
export function eventStore(
  name: string,
  [key, { sql }]: readonly [name: string, column: Column<string, string>],
): EventStore {
  return {
    table: name,
    append: (events) =>
      writeRows(
        `${name.replaceAll('_', '-')}-append`,
        `insert into ${name} (${key}, sequence, message_id, type, data, time)
         select ${key}, sequence, message_id, type, data, time
         from jsonb_to_recordset($1::jsonb) as r
           (${key} ${sql}, sequence int, message_id text, type text, data jsonb, time timestamptz)`,
        events.map(({ subject, sequence, id, type, data, time }) => ({
          [key]: subject,
          sequence: Number(sequence),
          message_id: id,
          type,
          data,
          time,
        })),
      ),
  };
}

/** What a decision leads to: events, or nothing, by name. */
export type DecidedEvents<Event> = readonly Event[] | Ignored;

/**
 * One kind of subject whose events are kept in `events`, and the state beside them in `table`. The first
 * event is not decided here: whoever begins a subject writes its first row (see firstRow).
 *
 * @param options.evolve the state after an event
 * @param options.conversationOf the conversation that a change from outside belongs to
 */
export function eventSourced<S, Id extends string, Event extends Message>({
  table,
  events,
  evolve,
  conversationOf,
}: {
  table: Store<S, Id, S | undefined>;
  events: EventStore;
  evolve: (state: S, event: Event) => S;
  conversationOf: (state: S) => string;
}): Declaration<S, Id, S | undefined, DecidedEvents<Event>> {
  function toDecision(state: S | undefined, decided: DecidedEvents<Event>): Decision<S> {
    if ('kind' in decided) return decided;
    if (state === undefined) throw new Error('an event of a subject that has not begun');
    return decide(decided.reduce(evolve, state), [...decided]);
  }
  const history = (changes: readonly { messages: readonly Envelope[] }[]) =>
    events.append(changes.flatMap(({ messages }) => messages));
  return declare({ ...EMPTY, store: table, toDecision, conversationOf, journals: [history] });
}
