/** Refusals as RFC 6750 wants them: problem+json with WWW-Authenticate. */
import { type FieldError, Problem } from '../problem.ts';

const challenge = (parameters: Readonly<Record<string, string>>) => ({
  'www-authenticate': `Bearer ${Object.entries(parameters)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}`,
});

/** No token was given: no error is named (RFC 6750, 3.1). */
export const tokenMissing = (realm: string): Problem =>
  new Problem(401, 'This call needs the header Authorization: Bearer <token>.', {
    headers: challenge({ realm }),
  });

/** @param why one sentence in ASCII without quotes; it is said in a header too */
export const tokenInvalid = (realm: string, why: string): Problem =>
  new Problem(401, why, {
    headers: challenge({ realm, error: 'invalid_token', error_description: why }),
  });

/**
 * The token is good, and not for this.
 *
 * @param scope one that would do
 */
export const scopeMissing = (scope: string, detail: string, errors: FieldError[] = []): Problem =>
  new Problem(403, detail, { errors, headers: challenge({ error: 'insufficient_scope', scope }) });
