/** Every service's parked messages, seen as one list. */
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import type * as parked from '@sagakit/messaging/dead-letters/dead-letters';
import type { ReplayOutcome } from '@sagakit/messaging/replay/replay';
import { jsonBody } from '../shop/client.ts';
import { answerOf, ask, NoAnswer } from '../operator/ask.ts';
import { StackError } from '../stack/stack-error.ts';
import { type StackState, urlOf } from '../stack/state.ts';

export type DeadLetter = parked.DeadLetter & { service: ServiceName };
export type Outcome = ReplayOutcome;
export type WholeDeadLetter = Omit<parked.WholeDeadLetter, 'outcome'> & {
  service: ServiceName;
  message?: unknown;
  outcome?: Outcome;
};

export type Replayed = {
  id: string;
  status: string;
  released?: number;
  outcome?: Outcome;
  reason?: string;
  error?: string;
};

export type Filters = Readonly<Record<string, string>>;

/** @param onAway told of each service that does not answer; the others are asked all the same */
export function deadLettersOf(state: StackState, onAway: (service: ServiceName) => void) {
  const deadLettersUrl = (service: ServiceName) => `${urlOf(state, service)}/dead-letters`;

  function unlessAway<T>(service: ServiceName, asked: Promise<T>): Promise<T | undefined> {
    return asked.catch((error: Error) => {
      if (!(error instanceof NoAnswer)) throw error;
      onAway(service);
      return undefined;
    });
  }

  /** The newest, up to `max`, oldest of them first, of one service or of all; and whether there are more. */
  async function list(
    services: readonly ServiceName[],
    filters: Filters,
    max: number,
  ): Promise<{ deadLetters: DeadLetter[]; more: boolean }> {
    const found: DeadLetter[] = [];
    let unread = false;
    for (const service of services) {
      let cursor: string | undefined;
      let own = 0;
      do {
        const query = new URLSearchParams({ ...filters, limit: '200', ...(cursor ? { cursor } : {}) });
        type Page = { items: Omit<DeadLetter, 'service'>[]; nextCursor?: string };
        const page = await unlessAway(service, ask<Page>(`${deadLettersUrl(service)}?${query.toString()}`));
        if (!page) break;
        found.push(...page.items.map((item) => ({ service, ...item })));
        own += page.items.length;
        cursor = page.nextCursor;
      } while (cursor && own < max);
      unread ||= cursor !== undefined;
    }
    const sorted = found.sort((a, b) => (a.parkedAt + a.id < b.parkedAt + b.id ? -1 : 1));
    return { deadLetters: sorted.slice(-max), more: unread || sorted.length > max };
  }

  /** The service that parked it: an id is unique over all of them. */
  async function find(id: string): Promise<WholeDeadLetter> {
    for (const service of SERVICES) {
      const url = `${deadLettersUrl(service)}/${encodeURIComponent(id)}`;
      const found = await unlessAway(service, answerOf<Omit<WholeDeadLetter, 'service'>>(url));
      if (found?.status === 200) return { service, ...found.body };
    }
    throw new StackError(id, 'no service has parked a message of that id. See: npm run dead-letters -- list');
  }

  const act = (deadLetter: { service: ServiceName; id: string }, verb: 'replay' | 'discard', body: object) =>
    ask<Replayed>(`${deadLettersUrl(deadLetter.service)}/${deadLetter.id}/${verb}`, jsonBody(body));

  return { list, find, act };
}
