/** Is this token good? RFC 9068: a JWT access token of one issuer, for one audience. */
import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Word } from '../inputs.ts';
import type { Claims } from './access.ts';
import type { Keys } from './keys.ts';

/**
 * The token is not good. The message is one sentence in ASCII without quotes, and has nothing of the token.
 */
export class InvalidToken extends Error {
  override name = 'InvalidToken';
}

export type Verify = (token: string) => Promise<Claims>;

/** Signed by who has a private key, and by nobody who has the public one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LEEWAY_SECONDS = 30;
/** A signature costs a quarter of a millisecond; the same token comes again and again. */
const MAX_KNOWN = 5_000;

/**
 * Rejects with InvalidToken, or with KeysAway.
 *
 * @param now milliseconds since 1970, as tokens count
 */
export function createVerifier(options: {
  issuer: string;
  audience: string;
  keys: Keys;
  now?: () => number;
}): Verify {
  const { issuer, audience, keys, now = Date.now } = options;
  const known = new LRUCache<string, Claims & { until: number; generation: number }>({ max: MAX_KNOWN });
  return async (token) => {
    const generation = keys.generation();
    // Its hash: what is kept in memory is of no use to who reads it.
    const key = hash('sha256', token, 'base64');
    const before = known.get(key);
    if (before && before.generation === generation && now() < before.until) return before;
    const { payload } = await jwtVerify(token, keys.keyOf, {
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      issuer,
      audience,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? new InvalidToken(inWords(error)) : error;
    });
    const { sub, scope, exp } = payload as { sub: unknown; scope: unknown; exp: number };
    const subject = Word.min(1).safeParse(sub);
    if (!subject.success) throw new InvalidToken('The subject of the token is none.');
    const scopes = new Set(typeof scope === 'string' ? scope.split(' ') : []);
    const claims = { subject: subject.data, scopes };
    known.set(key, { ...claims, until: (exp + LEEWAY_SECONDS) * 1_000, generation });
    return claims;
  };
}

const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'The token is of another issuer.',
  aud: 'The token is for another audience.',
  typ: 'This is no access token.',
  nbf: 'The token is not good yet.',
};

function inWords(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed by an algorithm that is not taken.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that is not known.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIMS[error.claim] ?? `The claim ${error.claim} of the token does not fit.`;
  return 'This is no token that can be verified.';
}
