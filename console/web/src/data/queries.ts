/** What the page asks for. Each answer is kept under its path; a stream event makes it old (stream.ts). */
import type { Model } from '@order-saga/console/api-model';
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
import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
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

const FIRST_MESSAGE_WITHIN_MS = 3000;

/** The story as it stands now. A story that was just placed may not have been read yet: it is waited for. */
export const useStory = (id: string) =>
  useQuery({
    queryKey: ['story', id],
    queryFn: ({ signal }) =>
      call<Story>(`/api/stories/${encodeURIComponent(id)}?wait=${FIRST_MESSAGE_WITHIN_MS}`, { signal }),
    refetchInterval: ({ state: { data } }) => (data ? nextLook(data, Date.now()) : false),
  });

/** The story as it stood after `at` of its rows. What has happened does not change while it ended. */
export const useStoryAt = (id: string, at: number | undefined) =>
  useQuery({
    queryKey: ['story', id, 'at', at],
    queryFn: ({ signal }) => call<Story>(`/api/stories/${encodeURIComponent(id)}?at=${at}`, { signal }),
    enabled: at !== undefined,
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

/** What the services say now: asked once for each state of the story. */
export const useMoney = (id: string, messages: number) =>
  useQuery({
    queryKey: ['money', id, messages],
    queryFn: ({ signal }) => call<MoneyNow>(`/api/stories/${encodeURIComponent(id)}/money`, { signal }),
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

export const useModel = () =>
  useQuery({
    queryKey: ['model'],
    queryFn: ({ signal }) => call<Model>('/api/model', { signal }),
    refetchInterval: 30_000,
  });
