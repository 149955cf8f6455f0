/** Tokens for a program that calls others, by OAuth's client credentials grant (RFC 6749, 4.4). */

export type ClientCredentials = {
  /** The provider's token endpoint. */
  tokenUrl: string;
  client: string;
  secret: string;
  /** Separated by blanks. */
  scope: string;
};

export type TokenSource = {
  /** A good token, the same until it is soon to expire. Rejects with an Error in words. */
  token(): Promise<string>;
  /** It was refused (401): its issuer has another key. The next one is fetched. */
  forget(token: string): void;
};

/** A token that is used is good for a while longer. */
const REST_MS = 60_000;
const WITHIN_MS = 10_000;

/** @param now milliseconds of a clock that only goes forward */
export function clientTokens(credentials: ClientCredentials, now = () => performance.now()): TokenSource {
  let kept: { token: string; until: number } | undefined;
  let pending: Promise<string> | undefined;
  return {
    token() {
      if (kept && now() < kept.until) return Promise.resolve(kept.token);
      pending ??= fetchToken(credentials)
        .then(({ token, goodMs }) => {
          kept = { token, until: now() + goodMs - REST_MS };
          return token;
        })
        .finally(() => (pending = undefined));
      return pending;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}

async function fetchToken({ tokenUrl, client, secret, scope }: ClientCredentials) {
  const basic = Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString('base64');
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    redirect: 'error',
    signal: AbortSignal.timeout(WITHIN_MS),
  }).catch(({ cause, message }: Error) => {
    const why = cause instanceof Error ? cause.message : message;
    throw new Error(`no answer from ${tokenUrl} (${why})`);
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const { access_token: token, expires_in: seconds, error_description: why } = answer;
  if (!response.ok || typeof token !== 'string')
    throw new Error(`no token for ${client}: ${String(why ?? `status ${response.status}`)}`);
  return { token, goodMs: Number(seconds ?? 0) * 1_000 };
}
