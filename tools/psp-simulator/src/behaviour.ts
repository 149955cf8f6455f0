/** What each card token makes the provider do. Pure. */
export type Behaviour =
  | { kind: 'succeed' }
  | { kind: 'decline'; code: string }
  /** Charged, but no call with that key is answered before the step's deadline plus 5 s. */
  | { kind: 'answer-late' }
  /** The first so many calls fail with 500. */
  | { kind: 'fail-first'; calls: number };

export function chargeBehaviour(token: string): Behaviour {
  switch (token) {
    case 'tok_visa':
    case 'tok_refund_fails_twice':
      return { kind: 'succeed' };
    case 'tok_declined':
      return { kind: 'decline', code: 'card-declined' };
    case 'tok_insufficient_funds':
      return { kind: 'decline', code: 'insufficient-funds' };
    case 'tok_timeout':
      return { kind: 'answer-late' };
    case 'tok_error_once':
      return { kind: 'fail-first', calls: 1 };
    default:
      return { kind: 'decline', code: 'unknown-token' };
  }
}

export function refundBehaviour(token: string | undefined): Behaviour {
  return token === 'tok_refund_fails_twice' ? { kind: 'fail-first', calls: 2 } : { kind: 'succeed' };
}

export const LATE_AFTER_DEADLINE_MS = 5_000;
