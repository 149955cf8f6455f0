/** HTTP as the page speaks it. Every answer from 400 on is a problem (RFC 9457), and is thrown as one. */
import type { Problem } from '@order-saga/console/api';

type Aside = { retryAfterS?: number | undefined; needsAnother?: boolean };

export class ApiError extends Error {
  readonly problem: Problem;
  readonly retryAfterS: number | undefined;
  /** Whoever is signed in may not do it (RFC 6750); another might. */
  readonly needsAnother: boolean;

  constructor(problem: Problem, { retryAfterS, needsAnother = false }: Aside = {}) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
    this.needsAnother = needsAnother;
  }
}

const AWAY: Problem = {
  type: 'about:blank',
  title: 'The console does not answer',
  status: 0,
  detail: 'The console does not answer. Orders go on without it; this page tries again by itself.',
};

export async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(AWAY);
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  const retryAfter = Number(response.headers.get('retry-after'));
  throw new ApiError(problemIn(text, response.status), {
    retryAfterS: retryAfter > 0 ? retryAfter : undefined,
    needsAnother: response.headers.get('www-authenticate')?.includes('insufficient_scope') ?? false,
  });
}

export const post = <T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> =>
  call<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

function problemIn(text: string, status: number): Problem {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.title === 'string')
      return { type: 'about:blank', detail: '', status, ...problem, title: problem.title };
  } catch {
    // A proxy's page, not the console's answer.
  }
  return { type: 'about:blank', title: `The answer was ${status}`, status, detail: '' };
}

export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && error.problem.status === 404;
