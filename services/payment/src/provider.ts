/** The payment provider, as this service sees it: two calls that may be repeated with the same key. */
import type { EffectHandler } from '@sagakit/messaging/effects/effects';
import { Agent, request } from 'undici';
import type { ChargeAnswer, ChargeRequest, RefundRequest } from './domain/payment.ts';

class ProviderError extends Error {
  override name = 'ProviderError';
}

/** Money is retried for ever, visibly. */
const BACKOFF = { initialMs: 200, maxMs: 30_000 };

export function providerEffects(options: {
  url: string;
  timeoutMs: number;
  connections: number;
}): Readonly<Record<'charge' | 'refund', EffectHandler>> {
  const { timeoutMs } = options;
  const dispatcher = new Agent({ connections: options.connections, pipelining: 1, keepAliveTimeout: 30_000 });

  /** Throws a ProviderError unless the answer is final: then the outcome is not known, and the call is made again. */
  async function call(path: string, key: string, body: object, traceparent: string, signal: AbortSignal) {
    const response = await request(new URL(path, options.url), {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, traceparent },
      body: JSON.stringify(body),
      signal,
    });
    const text = await response.body.text();
    if (response.statusCode !== 200 && response.statusCode !== 402) {
      throw new ProviderError(`the provider answered ${response.statusCode} to ${path}: ${text.slice(0, 200)}`);
    }
    return { declined: response.statusCode === 402, answer: JSON.parse(text) as Record<string, unknown> };
  }

  return {
    charge: {
      answer: 'ChargeAnswered',
      timeoutMs,
      backoff: BACKOFF,
      async call({ amount, token }: ChargeRequest, { subject, traceparent, signal }): Promise<ChargeAnswer> {
        const { declined, answer } = await call('/charges', subject, { orderId: subject, amount, token }, traceparent, signal);
        if (declined) return { outcome: 'declined', code: String(answer['code'] ?? 'declined') };
        return { outcome: 'succeeded', paymentId: String(answer['paymentId']) };
      },
    },
    refund: {
      answer: 'RefundAnswered',
      timeoutMs,
      backoff: BACKOFF,
      async call({ amount, paymentId }: RefundRequest, { subject, traceparent, signal }) {
        const key = `${subject}/refund`;
        const { declined } = await call('/refunds', key, { orderId: subject, amount, paymentId }, traceparent, signal);
        if (declined) throw new ProviderError('the provider declined a refund');
        return {};
      },
    },
  };
}
