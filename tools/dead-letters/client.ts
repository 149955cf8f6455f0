/** Every service's parked messages, seen as one list. */
import { SERVICES, type ServiceName } from '@order-saga/contracts/topics';
import { call, jsonBody } from '@order-saga/testing/shop';
import { ask } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import { type StackState, urlOf } from '../stack/state.ts';

export type Letter = {
  service: ServiceName;
  id: string;
  status: string;
  key: string | null;
  type?: string;
  reason: string;
  error: string;
  attempts: number;
  topic: string;
  partition: number;
  offset: string;
  correlationId?: string;
  parkedAt: string;
};

export type Outcome =
  { result: 'ignored'; reason: string } | { result: 'decided'; caused: { type: string; data: unknown }[]; calls: string[] };

export type WholeLetter = Letter & {
  value: string | null;
  message?: { type?: string; subject?: string };
  headers: Record<string, string>;
  waitsBehind?: string;
  behind: number;
  outcome?: Outcome;
  actions: { at: string; by: string; action: string; reason: string | null; outcome: string }[];
};

export type Replayed = { id: string; status: string; released?: number; outcome?: Outcome; reason?: string; error?: string };

export type Filters = Readonly<Record<string, string>>;

export function deadLettersOf(state: StackState) {
  const lettersUrl = (service: ServiceName) => `${urlOf(state, service)}/dead-letters`;

  /** Up to `max`, oldest first, of one service or of all. */
  async function list(services: readonly ServiceName[], filters: Filters, max: number): Promise<Letter[]> {
    const found: Letter[] = [];
    for (const service of services) {
      let cursor: string | undefined;
      let own = 0;
      do {
        const query = new URLSearchParams({ ...filters, limit: '200', ...(cursor ? { cursor } : {}) });
        const page = await ask<{ items: Omit<Letter, 'service'>[]; nextCursor?: string }>(`${lettersUrl(service)}?${query}`);
        found.push(...page.items.map((item) => ({ service, ...item })));
        own += page.items.length;
        cursor = page.nextCursor;
      } while (cursor && own < max);
    }
    return found.sort((a, b) => (a.parkedAt + a.id < b.parkedAt + b.id ? -1 : 1)).slice(0, max);
  }

  /** The service that parked it: an id is unique over all of them. */
  async function find(id: string): Promise<WholeLetter> {
    for (const service of SERVICES) {
      const { status, body } = await call<Omit<WholeLetter, 'service'>>(`${lettersUrl(service)}/${encodeURIComponent(id)}`);
      if (status === 200) return { service, ...body };
    }
    throw new StackError(id, 'no service has parked a message of that id. See: npm run dead-letters -- list');
  }

  const act = (letter: { service: ServiceName; id: string }, verb: 'replay' | 'discard', body: object) =>
    ask<Replayed>(`${lettersUrl(letter.service)}/${letter.id}/${verb}`, jsonBody(body));

  return { list, find, act };
}
