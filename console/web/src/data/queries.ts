/** What the page asks for. Each answer is kept under its path; a stream event makes it old (stream.ts). */
import type { Reading } from '@order-saga/console/api-model';
import type {
  Config,
  Found,
  MoneyNow,
  Overview,
  Payload,
  Products,
  Stories,
  Story,
} from '@order-saga/console/api';
import {
  keepPreviousData,
  type Query,
  QueryClient,
  type QueryFilters,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { isFromBefore } from '../view/from-before.ts';
import { nextLook } from '../view/late-look.ts';
import { ApiError, call } from './client.ts';

const RETRIES = 3;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < RETRIES && !(error instanceof ApiError && error.problem.status >= 400),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4000),
      refetchOnWindowFocus: true,
    },
  },
});

/** One clock stands still while the machine sleeps, the other is set back and forth. */
const clocks = () => ({ steady: performance.now(), wall: Date.now() });

/** When what is kept was asked for. */
const asked = new WeakMap<Query, ReturnType<typeof clocks>>();
queries.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'fetch') asked.set(event.query, clocks());
});

function ageOf(query: Query): number {
  const [then, now] = [asked.get(query), clocks()];
  return then ? Math.max(now.steady - then.steady, now.wall - then.wall) : Number.POSITIVE_INFINITY;
}

/**
 * What is shown of this is asked for again, and what is kept of it counts as old.
 *
 * @param changedMsAgo if it was asked for before it changed; default: in any case
 */
export function lookAgain(of: QueryFilters, changedMsAgo = 0): void {
  for (const query of queries.getQueryCache().findAll(of))
    if (isFromBefore(changedMsAgo, ageOf(query))) void makeOld(query);
}

/** A first answer that is on its way may be from before, and nothing else would be asked for beside it. */
async function makeOld(query: Query): Promise<void> {
  if (query.state.data === undefined) await query.promise?.catch(() => {});
  await queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
}

export const useConfig = () =>
  useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => call<Config>('/api/config', { signal }),
    staleTime: Infinity,
  });

export const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call<Overview>('/api/overview', { signal }),
    // The window of time moves even if nothing happens.
    refetchInterval: 15_000,
  });

/** `filters` as they stand in the page's URL. */
export const useStories = (filters: string) =>
  useInfiniteQuery({
    queryKey: ['stories', filters],
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams(filters);
      if (pageParam) query.set('cursor', pageParam);
      return call<Stories>(`/api/stories?${query}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  });

const ASK_AGAIN_MS = 5_000;
const FIRST_MESSAGE_WITHIN_MS = 3000;

/** The story as it stands now. A story that was just placed may not have been read yet: it is waited for. */
const storyNow = (id: string) =>
  queryOptions({
    queryKey: ['story', id],
    queryFn: ({ signal }) =>
      call<Story>(`/api/stories/${encodeURIComponent(id)}?wait=${FIRST_MESSAGE_WITHIN_MS}`, { signal }),
  });

export const prefetchStory = (id: string): void => void queries.prefetchQuery(storyNow(id));

export const useStory = (id: string) =>
  useQuery({
    ...storyNow(id),
    refetchInterval: ({ state: { data } }) => (data ? nextLook(data, Date.now()) : false),
  });

/**
 * The story as it stood after `at` of its rows. What has happened does not change while it ended.
 *
 * @param whole what is shown while nothing else is asked for, and until that is here
 */
export const useStoryAt = (id: string, at: number | undefined, whole: Story) =>
  useQuery({
    queryKey: ['story', id, 'at', at],
    queryFn: ({ signal }) => call<Story>(`/api/stories/${encodeURIComponent(id)}?at=${at}`, { signal }),
    enabled: at !== undefined,
    ...(at === undefined ? { initialData: whole } : {}),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });

export const usePayload = (story: string, source: string, id: string) =>
  useQuery({
    queryKey: ['payload', story, source, id],
    queryFn: ({ signal }) =>
      call<Payload>(
        `/api/stories/${encodeURIComponent(story)}/messages/${encodeURIComponent(source.replace(/^\//, ''))}/${encodeURIComponent(id)}`,
        {
          signal,
        },
      ),
    staleTime: Infinity,
  });

/** What the services say now: asked once for each state of the story, and again who did not say. */
export const useMoney = (id: string, messages: number) =>
  useQuery({
    queryKey: ['money', id, messages],
    queryFn: ({ signal }) => call<MoneyNow>(`/api/stories/${encodeURIComponent(id)}/money`, { signal }),
    refetchInterval: ({ state: { data } }) =>
      Object.values(data ?? {}).some(({ answers }) => answers === 'no') && ASK_AGAIN_MS,
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });

export const useFound = (q: string) =>
  useQuery({
    queryKey: ['find', q],
    queryFn: ({ signal }) => call<Found>(`/api/find?q=${encodeURIComponent(q)}`, { signal }),
    enabled: q !== '',
  });

export const useProducts = () =>
  useQuery({
    queryKey: ['products'],
    queryFn: ({ signal }) => call<Products>('/api/shop/products', { signal }),
    staleTime: 2000,
  });

const BEHIND_EVERY_MS = { current: 6_000, 'catching-up': 2_000, away: 4_000 } as const;

/** How far behind what is shown is. What lies behind it is asked for again by the stream, not by this. */
export const useReading = () =>
  useQuery({
    queryKey: ['reading'],
    queryFn: ({ signal }) => call<Reading>('/api/model/reading', { signal }),
    refetchInterval: ({ state: { data } }) => BEHIND_EVERY_MS[data?.state ?? 'current'],
  });
