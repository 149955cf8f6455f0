/** Stories: one, many, found, exported. */
import { paged } from '@sagakit/service-kit/http/paged';
import { Time, Word } from '@sagakit/service-kit/http/inputs';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { Found, OrderStatus, Payload, SagaStatus, Stories, Story, StoryKind } from '../api.ts';
import { isTooDeep, maskedPaths } from '../projection/mask.ts';
import { MAX_VALUE } from '../projection/read-record.ts';
import { find, MOST_HITS, SHORT } from '../store/find.ts';
import { countStories, listStories, type StoryFilter } from '../store/list-stories.ts';
import { readMessage, readStory, type StoredMessageValue } from '../store/read-story.ts';
import { mermaidOf } from '../story/mermaid.ts';
import { storyAt } from '../story/at.ts';
import { answering, type ConsoleEndpoint, withEtag } from './answers.ts';
import type { Read } from './read.ts';

/** A 404 is held back so long at most, until the first message is seen. */
export const MAX_WAIT_MS = 5_000;

const StoryId = z.object({ correlationId: Word.min(1) });

export const storyEndpoints = (read: Read): ConsoleEndpoint[] => [
  oneStory(read),
  manyStories(read),
  found(read),
  payload(read),
  exported(read),
];

async function needStory(
  read: Read,
  id: string,
  { wait: waitMs = 0, at }: { wait?: number | undefined; at?: number | undefined } = {},
): Promise<Story> {
  // Listened for before it is looked for, or the message between the two would be missed.
  const comes = waitMs > 0 ? read.hub.next(id, waitMs) : undefined;
  const stored = (await storedStory(read, id)) ?? ((await comes) ? await storedStory(read, id) : undefined);
  if (!stored) throw new Problem(404, `No message of a story ${id} is known here.`);
  return storyAt({ ...stored, definitions: read.definitions() }, at);
}

async function storedStory({ db, generation, telemetry }: Read, id: string) {
  const [stored, spans] = await Promise.all([
    readStory(db, generation(), id),
    telemetry.read(generation(), id),
  ]);
  if (!stored) return undefined;
  const traces = [...new Set(stored.messages.map(({ trace }) => trace))];
  return { ...stored, spans: { ...spans, why: telemetry.whyNotAll(spans, traces) } };
}

function oneStory(read: Read): ConsoleEndpoint {
  return answering(Story, {
    method: 'get',
    path: '/api/stories/:correlationId',
    summary:
      'Everything known of one correlation id; `wait` holds a 404 until its first message is seen, `at` asks for it as it stood after so many rows',
    inputs: {
      params: StoryId,
      query: z.object({
        wait: z.coerce.number().int().min(0).max(MAX_WAIT_MS).optional(),
        at: z.coerce.number().int().min(1).optional(),
      }),
    },
    responses: { 200: 'The story', 304: 'It is as you have it', 404: 'Nothing of it is known' },
    handle: async ({ params, query }, headers) =>
      withEtag(await needStory(read, params.correlationId, query), headers),
  });
}

const byTime = paged(z.object({ at: z.iso.datetime(), story: z.string().max(200) }));

const Filters = z.object({
  ...byTime.query,
  kind: StoryKind.optional(),
  status: OrderStatus.optional(),
  sagaStatus: SagaStatus.optional(),
  reason: Word.optional(),
  sku: Word.optional(),
  customer: Word.optional(),
  from: Time.optional(),
  to: Time.optional(),
  slowerThanMs: z.coerce.number().int().min(0).max(1e9).optional(),
  has: z.enum(['undo', 'parked', 'duplicate']).optional(),
});

function manyStories({ db, generation }: Read): ConsoleEndpoint {
  return answering(Stories, {
    method: 'get',
    path: '/api/stories',
    summary: 'Stories, the newest first; orders unless `kind` says otherwise',
    inputs: { query: Filters },
    responses: {
      200: 'A page, and how many there are of each status',
      304: 'As you have it',
      400: 'A filter does not fit',
    },
    async handle({ query }, headers) {
      const { limit, cursor, from, to, ...rest } = query;
      const filter: StoryFilter = { ...rest, from: from?.toISOString(), to: to?.toISOString() };
      const [page, counts] = await Promise.all([
        byTime.page(
          { limit, cursor },
          ({ after: before, ...asked }) => listStories(db, generation(), { ...filter, ...asked, before }),
          ({ row }) => row,
          ({ place }) => place,
        ),
        countStories(db, generation(), filter),
      ]);
      return withEtag({ ...page, counts }, headers);
    },
  });
}

function found(read: Read): ConsoleEndpoint {
  return answering(Found, {
    method: 'get',
    path: '/api/find',
    summary: 'Stories by any id of theirs, whole or its last eight characters',
    inputs: {
      query: z.object({
        q: Word.pipe(z.string().trim().min(SHORT, 'must be an id, or its last 8 characters')),
      }),
    },
    responses: { 200: 'What was found', 400: 'It is too short' },
    async handle({ query }) {
      const q = query.q.toLowerCase();
      const hits = await find(read.db, read.generation(), q);
      const deadLetters = hits.length === 0 ? await read.findDeadLetter(q) : [];
      const all = [...hits, ...deadLetters];
      return { status: 200, body: { q, hits: all.slice(0, MOST_HITS), more: all.length > MOST_HITS } };
    },
  });
}

const MessageId = StoryId.extend({ source: Word.min(1), messageId: Word.min(1) });

function payload({ db, generation }: Read): ConsoleEndpoint {
  return answering(Payload, {
    method: 'get',
    path: '/api/stories/:correlationId/messages/:source/:messageId',
    summary: 'What one message says, without personal data; `source` without its slash',
    inputs: { params: MessageId },
    responses: { 200: 'The message', 304: 'As you have it', 404: 'There is no such message in the story' },
    async handle({ params }, headers) {
      const { correlationId: story, source, messageId: id } = params;
      const sources = source.startsWith('/') ? [source] : [`/${source}`, source];
      for (const one of sources) {
        const message = await readMessage(db, generation(), { story, source: one, id });
        if (message) return withEtag(payloadOf(one, id, message), headers);
      }
      throw new Problem(404, `The story ${story} has no message ${id} of ${source}.`);
    },
  });
}

function payloadOf(
  source: string,
  id: string,
  { value, subject, trace, span, ...message }: StoredMessageValue,
): Payload {
  const { type, topic, partition, offset, bytes } = message;
  const headers = { 'event-type': type, source, subject, traceparent: `00-${trace}-${span}` };
  const place = { source, id, type, topic, partition, offset, bytes, headers };
  try {
    const envelope = JSON.parse(value) as unknown;
    if (isTooDeep(envelope)) return { ...place, cut: true, masked: [], raw: value.slice(0, MAX_VALUE) };
    return { ...place, cut: false, masked: maskedPaths(envelope), envelope };
  } catch {
    return { ...place, cut: true, masked: [], raw: value.slice(0, MAX_VALUE) };
  }
}

const AsQuery = z.object({ as: z.enum(['json', 'mermaid']).default('json') });

function exported(read: Read): ConsoleEndpoint {
  return answering(Story, {
    method: 'get',
    path: '/api/stories/:correlationId/export',
    summary: 'The story as a file: JSON, or a Mermaid sequence diagram',
    inputs: { params: StoryId, query: AsQuery },
    responses: { 200: 'The file', 404: 'Nothing of it is known' },
    async handle({ params, query: { as } }) {
      const story = await needStory(read, params.correlationId);
      const name = `story-${story.correlationId.replace(/[^\w-]/g, '_')}`;
      const file = as === 'json' ? `${name}.json` : `${name}.mmd`;
      return {
        status: 200,
        body: as === 'json' ? `${JSON.stringify(story, undefined, 2)}\n` : mermaidOf(story),
        headers: {
          'content-type': `${as === 'json' ? 'application/json' : 'text/plain'}; charset=utf-8`,
          'content-disposition': `attachment; filename="${file}"`,
        },
      };
    },
  });
}
