/** What the console answers about itself, and what its stream says. See api.ts for what holds everywhere. */
import { z } from 'zod';

const Time = z.iso.datetime();
const Count = z.int().min(0);

// ---- GET /api/model, POST /api/model/rebuild | compare | switch-back

export const Position = z.object({
  topic: z.string(),
  partition: z.int(),
  /** The offset that is read next. */
  next: z.string(),
  /** Kafka's time of the last record read. */
  loggedAt: Time.optional(),
});
export type Position = z.infer<typeof Position>;

export const Generation = z.object({
  id: z.int(),
  /** The release of the projection that built it. */
  projection: z.int(),
  state: z.enum(['building', 'active', 'retired']),
  startedAt: Time,
  switchedAt: Time.optional(),
  messages: Count,
  /** Records read so far, of those there were when it was asked. */
  read: Count,
  bytes: Count,
  positions: z.array(Position),
});
export type Generation = z.infer<typeof Generation>;

export const Comparison = z.object({
  at: Time,
  generations: z.tuple([z.int(), z.int()]),
  equal: z.boolean(),
  tables: z.array(
    z.object({
      table: z.string(),
      rows: z.tuple([Count, Count]),
      hashes: z.tuple([z.string(), z.string()]),
      equal: z.boolean(),
      /** Keys that differ, the first twenty. */
      differing: z.array(z.string()),
    }),
  ),
});
export type Comparison = z.infer<typeof Comparison>;

/**
 * How far what is shown is behind what was written. `catching-up`: the sentence of a story may be of before,
 * while spans and what services say are of now. `away`: Kafka is, and nothing is read.
 */
export const Reading = z.object({
  state: z.enum(['current', 'catching-up', 'away']),
  /**
   * How long ago all that had been written was in the model, in seconds; while all there is is read for the
   * first time, how long ago that was written which is being read. Absent: nothing was read yet.
   */
  behindSeconds: Count.optional(),
});
export type Reading = z.infer<typeof Reading>;

export const Model = z.object({
  kafka: z.object({ state: z.enum(['joined', 'away']), since: Time.optional() }),
  reading: Reading,
  /** As in `reading`. */
  behindSeconds: Count.optional(),
  generations: z.array(Generation),
  rebuild: z
    .object({
      state: z.enum(['reading', 'comparing', 'switched', 'unequal', 'failed']),
      startedAt: Time,
      /** 0 to 1. */
      progress: z.number(),
      recordsPerSecond: z.number(),
      leftSeconds: Count.optional(),
      error: z.string().optional(),
    })
    .optional(),
  comparison: Comparison.optional(),
  /** Since the console started. Which are kept is said in `why`. */
  spans: z.object({ kept: Count, dropped: Count, why: z.string() }).optional(),
});
export type Model = z.infer<typeof Model>;

// ---- GET /api/stream?story=&stories=1   (text/event-stream)

/**
 * What each event's `data` is. The stream says what changed, HTTP says what it is: refetch with
 * If-None-Match.
 */
export const StreamEvents = {
  /**
   * The first of a stream: how long ago that changed which it tells of. What was asked for later is as things
   * are; what was asked for before is to be asked for again. Where it is not known when, as if it were later.
   */
  opened: z.object({
    /** If one was asked for. */
    story: z.object({ id: z.string(), agoMs: z.number() }).optional(),
    stories: z.object({ agoMs: z.number() }),
    model: z.object({ agoMs: z.number() }),
  }),
  /** The story that was asked for got so many messages since the last one; 0: spans. */
  story: z.object({ id: z.string(), messages: Count }),
  /** So many stories began or moved since the last one. */
  stories: z.object({ n: Count }),
  /** Another generation is live, or Kafka went away or came back. */
  model: z.object({ generation: z.int(), kafka: z.enum(['joined', 'away']) }),
  /** Events were left out, since the reader was slow: refetch all that is shown. */
  resync: z.object({}),
  /** The server stops; come back in `afterMs`. */
  bye: z.object({ afterMs: z.number() }),
} as const;
export type StreamEventName = keyof typeof StreamEvents;
export type StreamEvent<N extends StreamEventName> = z.infer<(typeof StreamEvents)[N]>;
