/**
 * The page's one stream. It says what changed, and what changed is asked for again: a lost event, a restart,
 * a slow tab cost one refetch. A hidden tab holds no connection.
 */
import type { StreamEvent, StreamEventName } from '@order-saga/console/api-model';
import { useEffect, useSyncExternalStore } from 'react';
import { lookAgain } from './queries.ts';

export type Liveness = 'live' | 'connecting' | 'away' | 'off';

type Want = { story?: string; stories?: boolean };

const wants = new Map<symbol, Want>();
const listeners = new Set<() => void>();
let source: EventSource | undefined;
let openedFor = '';
let liveness: Liveness = 'off';
let again: ReturnType<typeof setTimeout> | undefined;

const COME_BACK_MS = 2000;
/** What is shown of many stories. */
const STORIES = ['stories', 'overview'];

function say(next: Liveness): void {
  if (liveness === next) return;
  liveness = next;
  for (const listener of listeners) listener();
}

function wanted(): string {
  const query = new URLSearchParams();
  for (const { story, stories } of wants.values()) {
    if (story) query.set('story', story);
    if (stories) query.set('stories', '1');
  }
  return query.toString();
}

/** Called whenever what is wanted, or whether anybody looks, may have changed. */
function settle(): void {
  clearTimeout(again);
  const query = document.visibilityState === 'hidden' ? '' : wanted();
  if (query === openedFor && (source || query === '')) return;
  source?.close();
  source = undefined;
  openedFor = query;
  if (query === '') return say('off');
  say('connecting');
  open(query);
}

function open(query: string): void {
  const stream = new EventSource(`/api/stream?${query}`);
  source = stream;
  stream.onopen = () => say('live');
  stream.onerror = () => {
    say('away');
    if (stream.readyState === EventSource.CLOSED) comeBack(COME_BACK_MS);
  };
  on(stream, 'opened', lookAgainSince);
  on(stream, 'story', ({ id }) => lookAgain({ queryKey: ['story', id], exact: true }));
  on(stream, 'stories', () => STORIES.forEach((key) => lookAgain({ queryKey: [key] })));
  on(stream, 'model', () => lookAgain({}));
  on(stream, 'resync', () => lookAgain({}));
  on(stream, 'bye', ({ afterMs }) => comeBack(afterMs));
}

function comeBack(afterMs: number): void {
  source?.close();
  source = undefined;
  openedFor = '';
  say('away');
  again = setTimeout(settle, afterMs);
}

function on<N extends StreamEventName>(
  stream: EventSource,
  name: N,
  then: (data: StreamEvent<N>) => void,
): void {
  stream.addEventListener(name, (event: MessageEvent<string>) =>
    then(JSON.parse(event.data) as StreamEvent<N>),
  );
}

/** What changed between the look at what is shown and the moment this stream listened. */
function lookAgainSince({ story, stories, model }: StreamEvent<'opened'>): void {
  if (story) lookAgain({ queryKey: ['story', story.id] }, story.agoMs);
  for (const key of STORIES) lookAgain({ queryKey: [key] }, stories.agoMs);
  lookAgain({}, model.agoMs);
}

document.addEventListener('visibilitychange', settle);

/**
 * Keeps the stream open for what is shown while the component is. `undefined`: for nothing (a story that has
 * ended).
 */
export function useStream(want: Want | undefined): void {
  const story = want?.story;
  const stories = want?.stories ?? false;
  useEffect(() => {
    if (story === undefined && !stories) return;
    const key = Symbol('want');
    wants.set(key, { ...(story ? { story } : {}), stories });
    queueMicrotask(settle);
    return () => {
      wants.delete(key);
      queueMicrotask(settle);
    };
  }, [story, stories]);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useLiveness = (): Liveness => useSyncExternalStore(subscribe, () => liveness);
