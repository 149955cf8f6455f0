/**
 * What a service holds of a subject beside its rows, once a record says that it is taken back: parked
 * messages of its key, whatever topic they came from, closed ones too, and calls that are not answered. That
 * there was one, and why it was parked, stays; what it said goes.
 */
import type { Statement } from '@sagakit/postgres/statement';

/** In the place of the words about what was wrong, which may quote it. */
const ERASED = 'what it said was erased: its writer took it back';

/** To be issued last in the transaction of the records that take back, in this order. */
export function eraseBeside(consumer: string, subjects: readonly string[]): Statement[] {
  if (subjects.length === 0) return [];
  const keys = subjects.map((subject) => Buffer.from(subject));
  return [
    eraseEffects(subjects), // waits for one that is being given up: its dead letter is seen below
    unblock(consumer, keys),
    eraseDeadLetters(consumer, keys),
    eraseEffects(subjects), // and what a replay has just made of a dead letter
  ];
}

const eraseEffects = (subjects: readonly string[]): Statement => ({
  name: 'effects-erase',
  text: 'delete from effects where subject = any($1::text[])',
  values: [subjects],
});

/** Locks the queues before their dead letters, as every transaction that touches both. */
const unblock = (consumer: string, keys: readonly Buffer[]): Statement => ({
  name: 'blocked-keys-erase',
  text: 'delete from blocked_keys where consumer = $1 and key = any($2::bytea[])',
  values: [consumer, keys],
});

const eraseDeadLetters = (consumer: string, keys: readonly Buffer[]): Statement => ({
  name: 'dead-letters-erase',
  text: `with found as (
           select id, status from dead_letters
           where key = any($2::bytea[]) and octet_length(key) <= 800 and error <> $3 order by id for update
         ), erased as (
           update dead_letters d set value = null, headers = '{}', raw_headers = '[]', error = $3,
             outcome = '{"result": "erased"}',
             status = case d.status when 'parked' then 'discarded' else d.status end,
             closed_at = coalesce(d.closed_at, now())
           from found where d.id = found.id
         )
         insert into dead_letter_actions (id, letter_id, by, action, reason, outcome)
         select gen_random_uuid(), id, $1, 'discard', 'its writer took back what was said under its key', 'erased'
         from found where status = 'parked'`,
  values: [consumer, keys, ERASED],
});
