/** A service's parked messages, as an operator lists, reads, replays and discards them. */
import {
  type DeadLetter,
  findDeadLetter,
  listDeadLetters,
  type WholeDeadLetter,
} from '@sagakit/messaging/dead-letters/dead-letters';
import { maskDeadLetter, maskListed } from '@sagakit/messaging/dead-letters/mask';
import type { ReplayResult, Replays } from '@sagakit/messaging/replay/replay';
import type { Masks } from '@sagakit/messages/personal';
import type { Pool } from 'pg';
import { z } from 'zod';
import { type Caller, type Granted, type OperatorAccess, whoDid } from './auth/access.ts';
import { type Endpoint, endpoint, type Reply } from './endpoint.ts';
import { Id, OneLine, Time, Word } from './inputs.ts';
import { By } from './operator.ts';
import { paged } from './paged.ts';
import { Problem } from './problem.ts';

const ATime = Time.transform((time) => time.toISOString());
/**
 * As this list gives it out, and kept so: it is to the microsecond, and a Date is not; the database takes
 * fewer offsets than RFC 3339.
 */
const Moment = z
  .string()
  .regex(/Z$/)
  .refine((text) => Time.safeParse(text).success);
const byTime = paged(z.object({ parkedAt: Moment, id: Id }));
const Filter = Word.optional();
const params = z.object({ id: Id });

/** @param masks what an operator does not see without the scope for it */
export function deadLetterEndpoints(
  pool: Pool,
  replays: Replays,
  { look, act, unmasked }: OperatorAccess,
  masks: Masks,
): Endpoint[] {
  const shown = shownAs(pool, unmasked, masks);
  return [...reads(pool, look, shown), ...closes(replays, act, shown)];
}

/** As far as the caller may see it. */
type Shown = {
  whole(caller: Caller, deadLetter: WholeDeadLetter): WholeDeadLetter;
  listed(caller: Caller, deadLetter: DeadLetter): DeadLetter;
  /** Where it failed again: the words about what is wrong now, as they are shown with the message itself. */
  replayed(caller: Caller, id: string, result: ReplayResult): Promise<ReplayResult>;
};

const shownAs = (pool: Pool, unmasked: string, masks: Masks): Shown => ({
  whole: (caller, deadLetter) => (caller.may(unmasked) ? deadLetter : maskDeadLetter(deadLetter, masks)),
  listed: (caller, deadLetter) => (caller.may(unmasked) ? deadLetter : maskListed(deadLetter, masks)),
  async replayed(caller, id, result) {
    if (result.kind !== 'failed' || caller.may(unmasked)) return result;
    const { reason, error } = result;
    const found = await findDeadLetter(pool, id);
    if (!found) return { ...result, error: reason };
    return { ...result, error: maskDeadLetter({ ...found, reason, error }, masks).error };
  },
});

function reads(pool: Pool, access: Granted, shown: Shown): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/dead-letters',
      summary:
        'Messages that this service parked, newest first; `error` is withheld without the scope for personal ' +
        'data and secrets where it may quote them',
      access,
      inputs: {
        query: z.object({
          ...byTime.query,
          status: z.enum(['parked', 'replayed', 'discarded']).optional(),
          type: Filter,
          reason: Filter,
          key: Filter,
          topic: Filter,
          correlationId: Filter,
          parkedBefore: ATime.optional(),
        }),
      },
      responses: { 200: '{items, nextCursor?}', 400: 'A filter does not fit' },
      async handle({ query: { cursor, limit, ...filter } }, _headers, caller) {
        const body = await byTime.page(
          { cursor, limit },
          ({ after: before, ...page }) => listDeadLetters(pool, { ...filter, ...page, before }),
          ({ deadLetter }) => shown.listed(caller, deadLetter),
          ({ place }) => place,
        );
        return { status: 200, body };
      },
    }),
    endpoint({
      method: 'get',
      path: '/dead-letters/:id',
      summary:
        'One parked message, with what was received, what waits behind it, and what operators did; ' +
        'personal data and secrets in it are masked without the scope for them',
      access,
      inputs: { params },
      responses: {
        200: 'The message; `message` is its value decoded, where it is JSON',
        404: 'No such message',
      },
      async handle({ params: { id } }, _headers, caller) {
        const found = await findDeadLetter(pool, id);
        if (!found) throw unknown(id);
        const deadLetter = shown.whole(caller, found);
        return { status: 200, body: { ...deadLetter, ...decoded(deadLetter) } };
      },
    }),
  ];
}

/** What ends the waiting of a message: it is handled, or given up. */
function closes(replays: Replays, access: Granted, shown: Shown): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/dead-letters/:id/replay',
      summary: 'Handles the message again, now, and then those that waited behind it, in order',
      access,
      inputs: {
        params,
        body: z.object({ ...By, reason: OneLine.optional(), dryRun: z.boolean().default(false) }).optional(),
      },
      responses: {
        200: '`status`: replayed (`outcome`: what was decided), or still parked; with `dryRun` what would be',
        404: 'No such message',
        409: 'It was closed before, or waits behind another',
      },
      async handle({ params: { id }, body }, _headers, caller) {
        if (body?.dryRun) {
          const tried = await replays.dryRun(id);
          return replyOf(id, await shown.replayed(caller, id, tried), { dryRun: true });
        }
        const by = whoDid(caller, body?.by);
        const result = await replays.replay(id, { by, reason: body?.reason });
        return replyOf(id, await shown.replayed(caller, id, result));
      },
    }),
    endpoint({
      method: 'post',
      path: '/dead-letters/:id/discard',
      summary: 'Gives the message up; those that waited behind it are handled, in order',
      access,
      inputs: { params, body: z.object({ ...By, reason: OneLine }) },
      responses: {
        200: 'It is discarded',
        404: 'No such message',
        409: 'It was closed before',
        422: 'No reason is given',
      },
      handle: async ({ params: { id }, body: { by, reason } }, _headers, caller) =>
        replyOf(id, await replays.discard(id, { by: whoDid(caller, by), reason })),
    }),
  ];
}

const unknown = (id: string) => new Problem(404, `No message ${id} is parked here.`);

function replyOf(id: string, result: ReplayResult, more: object = {}): Reply {
  switch (result.kind) {
    case 'unknown':
      throw unknown(id);
    case 'closed':
      throw new Problem(409, `The message ${id} was ${result.status} before; nothing is left to be done.`);
    case 'waits':
      throw new Problem(
        409,
        `The message ${id} waits behind ${result.behind}: replay or discard that one, and this one follows.`,
      );
    case 'failed':
      return {
        status: 200,
        body: { id, status: 'parked', reason: result.reason, error: result.error, ...more },
      };
    case 'replayed':
    case 'discarded': {
      const { kind: status, ...rest } = result;
      return { status: 200, body: { id, status, ...rest, ...more } };
    }
  }
}

function decoded({ value }: WholeDeadLetter): { message?: unknown } {
  try {
    return { message: JSON.parse(value ?? '') as unknown };
  } catch {
    return {};
  }
}
