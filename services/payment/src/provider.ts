/** The payment provider, as this service sees it: two calls that may be repeated with the same key. */
import { Agent, request } from 'undici';
import { charge, refund } from './domain/payment.ts';
import type { Settings } from './settings.ts';

class ProviderError extends Error {
  override name = 'ProviderError';
}

/** Money is retried for ever, visibly. */
const BACKOFF = { initialMs: 200, maxMs: 30_000 };

function parse(text: string, answered: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new ProviderError(`${answered}, and no JSON`);
  }
}

export function provider({ PROVIDER_URL, PROVIDER_TIMEOUT_MS, PROVIDER_CONCURRENCY }: Settings) {
  const dispatcher = new Agent({
    connections: PROVIDER_CONCURRENCY,
    pipelining: 1,
    keepAliveTimeout: 30_000,
  });
  const attempts = { timeoutMs: PROVIDER_TIMEOUT_MS, backoff: BACKOFF };

  /**
   * Throws a ProviderError unless the response is final: then the outcome is not known, and the call is made
   * again. Of a response that is not, only its number is handed on: its words may quote the card's token, and
   * an error goes into logs, spans and rows.
   */
  async function call(
    path: string,
    key: string,
    body: object,
    { headers, signal }: { headers: Record<string, string>; signal: AbortSignal },
  ) {
    const response = await request(new URL(path, PROVIDER_URL), {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: JSON.stringify(body),
      signal,
    });
    const text = await response.body.text();
    const answered = `the provider answered ${response.statusCode} to ${path}`;
    if (response.statusCode !== 200 && response.statusCode !== 402) throw new ProviderError(answered);
    return { declined: response.statusCode === 402, result: parse(text, answered) };
  }

  return {
    concurrency: PROVIDER_CONCURRENCY,
    handlers: [
      charge.handledBy({
        ...attempts,
        async call({ amount, token }, context) {
          const orderId = context.subject;
          const { declined, result } = await call('/charges', orderId, { orderId, amount, token }, context);
          if (declined) return { outcome: 'declined', code: String(result['code'] ?? 'declined') };
          return { outcome: 'succeeded', paymentId: String(result['paymentId']) };
        },
      }),
      refund.handledBy({
        ...attempts,
        async call({ amount, paymentId }, context) {
          const orderId = context.subject;
          const key = `${orderId}/refund`;
          const { declined } = await call('/refunds', key, { orderId, amount, paymentId }, context);
          if (declined) throw new ProviderError('the provider declined a refund');
          return {};
        },
      }),
    ],
  };
}
