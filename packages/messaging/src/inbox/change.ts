import { databaseNow } from '@sagakit/postgres/clock';
import { retriedTransaction, type Tx } from '@sagakit/postgres/transaction';
import { newId } from '@sagakit/resilience/ids';
import type { Pool } from 'pg';
import type { Declaration } from '../aggregate/aggregate.ts';
import type { Context } from '../aggregate/decision.ts';
import { cancelEffects, insertEffects } from '../effects/effect-rows.ts';
import { localMessage } from '../incoming.ts';
import { appendToOutbox, type OutboxBuffer } from '../outbox/outbox.ts';
import { type MessageWriter, rootContext } from '../to-envelope.ts';
import { takeNew } from './inbox.ts';

/** The state after the change; `ignored`: why there is none. */
export type Changed<S> = { state: S; ignored?: string };

/** Who makes a change, to the inbox and to those who ask what caused a message. */
const OUTSIDE = 'outside';

/**
 * Changes one aggregate from outside (HTTP, an operator): its row locked, the decision asked, row and
 * messages committed together. Once, also where the answer to the COMMIT is lost and all is tried again: the
 * inbox remembers the change. Undefined: there is no such aggregate. Calls to the outside that are decided
 * are started within a second or two.
 *
 * @param change.read what the decision needs besides the state, read in the trip that locks
 */
export function changeAggregate<S, Id extends string, Out, Read>(
  { pool, writer, outbox }: { pool: Pool; writer: MessageWriter; outbox: OutboxBuffer },
  aggregate: Declaration<S, Id, S | undefined, Out>,
  change: {
    key: Id;
    traceparent: string;
    decision: (state: S, read: Read, context: Context<Id>) => Out;
    read: (tx: Tx, key: Id) => Promise<Read>;
  },
): Promise<Changed<S> | undefined> {
  const { key, traceparent, decision, read } = change;
  const id = newId();
  const inputOf = (conversation: string) => {
    const cause = rootContext(conversation, traceparent);
    const message = localMessage({ id, source: OUTSIDE, type: 'change', subject: key, data: null }, cause);
    return { message, cause };
  };
  return retriedTransaction(pool, async (tx) => {
    const asked = inputOf('');
    const [taken, opened, seen, now] = await tx.together(() => [
      takeNew(tx, OUTSIDE, [{ source: OUTSIDE, id }]),
      aggregate.open(tx, [asked], writer),
      read(tx, key),
      databaseNow(tx),
    ]);
    const state = opened.stateOf(asked.message);
    if (state === undefined) return undefined;
    if (taken.size === 0) return { state };
    const { messages, effects, cancels, ignored } = opened.decide(
      inputOf(aggregate.conversationOf(state) ?? newId()),
      now,
      (_, context) => decision(state, seen, context),
    );
    if (ignored) return { state, ignored };
    const writes = [
      ...opened.save(),
      ...appendToOutbox(writer.catalogue, messages, outbox),
      ...insertEffects(effects, 0),
      ...cancelEffects(cancels ?? []),
    ];
    await tx.commit(writes);
    return { state: opened.stateOf(asked.message) as S };
  });
}
