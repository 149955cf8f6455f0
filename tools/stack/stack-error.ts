/** Something that the person at the keyboard must know: which component, why, and what to do, in one line. */
export class StackError extends Error {
  override name = 'StackError';
  constructor(component: string, why: string) {
    super(`${component}: ${why}`);
  }
}

/** What an error says, with what lies below it: `fetch failed` alone says nothing. */
export function wordsOf(error: Error): string {
  const { cause } = error;
  const below = cause instanceof AggregateError ? (cause.errors[0] as Error) : cause;
  return below instanceof Error ? `${error.message} (${below.message || String(below)})` : error.message;
}
