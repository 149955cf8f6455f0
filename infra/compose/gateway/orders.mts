/**
 * Whether orders can be placed and go through: asked of every replica, and not of the gateway's own ports.
 */
import { resolve4 } from 'node:dns/promises';
import { NAMES, SERVICE_PORT } from './services.mts';

/** Not sampled: or each look would be a trace. */
const UNSEEN = { traceparent: '00-00000000000000000000000000000001-0000000000000001-00' };

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000), headers: UNSEEN });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok)
    throw new Error(typeof body['reason'] === 'string' ? body['reason'] : `status ${response.status}`);
  return body;
}

const wordsOf = (error: unknown): string => {
  const { cause, message } = error as Error & { cause?: Error };
  return cause?.message ?? message;
};

/**
 * Undefined: every replica reads its topics, and the order service knows what the inventory sells. Else what
 * is waited for.
 */
export async function whyNoOrders(): Promise<string | undefined> {
  for (const service of NAMES) {
    try {
      for (const address of await resolve4(service)) {
        const { kafka } = await json(`http://${address}:${SERVICE_PORT}/health/ready`);
        if (kafka !== 'joined') return `${service}: kafka ${String(kafka)}`;
      }
    } catch (error) {
      return `${service}: ${wordsOf(error)}`;
    }
  }
  try {
    const { items } = (await json(`http://inventory:${SERVICE_PORT}/stock?limit=200`)) as {
      items?: unknown[];
    };
    const { products } = (await json(`http://order:${SERVICE_PORT}/health/ready`)) as { products?: number };
    const [sold, known] = [items?.length ?? 0, products ?? 0];
    return sold > 0 && known >= sold ? undefined : `order: it knows ${known} of ${sold} products`;
  } catch (error) {
    return wordsOf(error);
  }
}
