/**
 * The authorization code flow with PKCE (RFC 6749, RFC 7636) as a client of the system's identity provider:
 * where a browser is sent, and what the code that it comes back with is worth.
 */
import { createHash, randomBytes } from 'node:crypto';

export type SignInSettings = {
  /** Where browsers find the provider. */
  authorizeUrl: string;
  /** Where this process does. */
  tokenUrl: string;
  client: string;
  secret: string;
  /** Separated by blanks; the provider gives what of them the person has. */
  scope: string;
  /** What the tokens are for (RFC 8707). */
  audience: string;
};

const WITHIN_MS = 8_000;

export const random = (): string => randomBytes(32).toString('base64url');

/** @param as whom the demo's provider signs in without asking; undefined: it asks whoever sits there */
export function whereToSignIn(
  { authorizeUrl, client, scope, audience }: SignInSettings,
  {
    state,
    verifier,
    redirectUri,
    as,
  }: { state: string; verifier: string; redirectUri: string; as: string | undefined },
): string {
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    resource: audience,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(as === undefined ? {} : { login_hint: as, prompt: 'login' }),
  });
  return `${authorizeUrl}?${query}`;
}

/** The access token. Rejects with an Error in words. */
export async function tokenFor(
  { tokenUrl, client, secret, audience }: SignInSettings,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Promise<string> {
  const basic = Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString('base64');
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: audience,
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  const { access_token: token, error } = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (!response.ok || typeof token !== 'string')
    throw new Error(`the identity provider gives no token: ${String(error ?? response.status)}`);
  return token;
}
