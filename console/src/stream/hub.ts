/**
 * Who listens, and to what. "The stream says what changed, HTTP says what it is": nothing that is left out
 * here is lost, it costs one look more. Each listener is told at once, and four times a second at most; to
 * one that does not read nothing is added but the word to look at everything again, and after a minute it
 * makes room.
 */
import type { StreamEvent, StreamEventName } from '../api-model.ts';
import { type Changes, createChanges } from './changes.ts';

/** What a listener is told by. */
type Sink = {
  write(text: string): void;
  /** What was written waits: the reader is slow. */
  isFull(): boolean;
  end(): void;
  /** At once, whatever waits to be read. */
  cut(): void;
};

type Interests = { story?: string | undefined; stories: boolean };

export type Hub = {
  hasRoom(): boolean;
  /** How to leave. */
  listen(sink: Sink, interests: Interests): () => void;
  /** Stories that got messages, with how many. */
  changed(stories: ReadonlyMap<string, number>): void;
  /** Stories that got spans. */
  spans(stories: Iterable<string>): void;
  model(state: StreamEvent<'model'>): void;
  /** Resolves true when the story gets a message, false after `withinMs`. */
  next(story: string, withinMs: number): Promise<boolean>;
  listeners(): number;
  close(): void;
};

type Listener = {
  sink: Sink;
  interests: Interests;
  pending: Map<StreamEventName, object>;
  timer: NodeJS.Timeout | undefined;
  /** When it was told something last; by the hub's clock. */
  toldAt: number;
  mustResync: boolean;
  /** How often in a row it was full when it was to be told something. */
  full: number;
  /** Once what happens in this turn has been said, and its time has come. */
  later(): void;
  leave(): void;
};

const EVERY_MS = 250;
const COMMENT_EVERY_MS = 25_000;
/** Nobody who looks at a page reads nothing for so long. It comes again by itself, if anybody is there. */
const FULL_AT_MOST_MS = 60_000;
const MOST_LISTENERS = 200;
const COME_BACK_AFTER_MS = 1_000;

const frame = (event: StreamEventName, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

function flush(listener: Listener, now: () => number): void {
  listener.timer = undefined;
  listener.toldAt = now();
  const { sink, pending } = listener;
  const events = listener.mustResync
    ? [frame('resync', {})]
    : [...pending].map(([event, data]) => frame(event, data));
  pending.clear();
  listener.mustResync = sink.isFull();
  listener.full = listener.mustResync ? listener.full + 1 : 0;
  if (listener.full * EVERY_MS > FULL_AT_MOST_MS) {
    listener.leave();
    sink.cut();
  } else if (listener.mustResync) listener.later();
  else for (const event of events) sink.write(event);
}

function tell<N extends StreamEventName>(listener: Listener, event: N, data: StreamEvent<N>): void {
  listener.pending.set(event, data);
  listener.later();
}

/** No messages: something else of it came. */
function tellStory(listener: Listener, stories: ReadonlyMap<string, number>): void {
  const { story } = listener.interests;
  const mine = story === undefined ? undefined : stories.get(story);
  if (story === undefined || mine === undefined) return;
  const before = (listener.pending.get('story') as StreamEvent<'story'> | undefined)?.messages ?? 0;
  tell(listener, 'story', { id: story, messages: before + mine });
}

function tellChanged(listener: Listener, stories: ReadonlyMap<string, number>): void {
  tellStory(listener, stories);
  if (listener.interests.stories) {
    const before = (listener.pending.get('stories') as StreamEvent<'stories'> | undefined)?.n ?? 0;
    tell(listener, 'stories', { n: before + stories.size });
  }
}

function openedFor({ story: id }: Interests, changes: Changes): StreamEvent<'opened'> {
  const { story, stories, model } = changes.ago();
  return {
    ...(id === undefined ? {} : { story: { id, agoMs: story(id) } }),
    stories: { agoMs: stories },
    model: { agoMs: model },
  };
}

/** Who waits for the first message of a story. */
function createWaits() {
  const waiting = new Map<string, Set<() => void>>();
  return {
    wake(stories: ReadonlyMap<string, number>): void {
      if (waiting.size === 0) return;
      for (const story of stories.keys()) for (const wake of waiting.get(story) ?? []) wake();
    },
    next: (story: string, withinMs: number): Promise<boolean> =>
      new Promise((resolve) => {
        const others = waiting.get(story) ?? new Set();
        const end = (came: boolean) => {
          clearTimeout(timer);
          others.delete(wake);
          if (others.size === 0) waiting.delete(story);
          resolve(came);
        };
        const wake = () => end(true);
        const timer = setTimeout(end, withinMs, false);
        waiting.set(story, others.add(wake));
      }),
  };
}

export function createHub(now: () => number = () => performance.now()): Hub {
  const changes = createChanges(now);
  const listeners = new Set<Listener>();
  const waits = createWaits();
  let comments: NodeJS.Timeout | undefined;

  function comment(): void {
    for (const { sink } of listeners) if (!sink.isFull()) sink.write(': still here\n\n');
  }

  function later(listener: Listener): void {
    const waitMs = Math.max(0, listener.toldAt + EVERY_MS - now());
    listener.timer ??= setTimeout(flush, waitMs, listener, now);
  }

  function leave(listener: Listener): void {
    clearTimeout(listener.timer);
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(comments);
    comments = undefined;
  }

  return {
    hasRoom: () => listeners.size < MOST_LISTENERS,
    listen(sink, interests) {
      const listener: Listener = {
        ...{ sink, interests, pending: new Map(), timer: undefined, mustResync: false, full: 0 },
        toldAt: Number.NEGATIVE_INFINITY,
        later: () => later(listener),
        leave: () => leave(listener),
      };
      listeners.add(listener);
      comments ??= setInterval(comment, COMMENT_EVERY_MS);
      sink.write(frame('opened', openedFor(interests, changes)));
      return listener.leave;
    },
    changed(stories) {
      changes.of(stories.keys());
      for (const listener of listeners) tellChanged(listener, stories);
      waits.wake(stories);
    },
    spans(stories) {
      const none = new Map([...stories].map((story) => [story, 0]));
      changes.of(none.keys());
      for (const listener of listeners) tellStory(listener, none);
    },
    model(state) {
      changes.ofModel();
      for (const listener of listeners) tell(listener, 'model', state);
    },
    next: waits.next,
    listeners: () => listeners.size,
    close() {
      for (const listener of [...listeners]) {
        if (!listener.sink.isFull()) listener.sink.write(frame('bye', { afterMs: COME_BACK_AFTER_MS }));
        listener.sink.end();
        leave(listener);
      }
    },
  };
}
