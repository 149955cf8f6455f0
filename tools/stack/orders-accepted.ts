import { setTimeout as delay } from 'node:timers/promises';
import { StackError, wordsOf } from './stack-error.ts';

/** Throws with the address that was asked. */
async function json(url: string): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`GET ${url}: ${wordsOf(error as Error)}`, { cause: error });
  }
}

/**
 * Waits until every replica reads Kafka and the order service knows every product that the inventory sells.
 */
export async function untilOrdersAreAccepted(
  urls: { services: string[]; order: string; inventory: string },
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<void> {
  const until = Date.now() + withinMs;
  for (let last = 'nothing was asked'; ; await delay(50)) {
    signal.throwIfAborted();
    try {
      const health = await Promise.all(urls.services.map((url) => json(`${url}/health/ready`)));
      const away = health.filter(({ kafka }) => kafka !== 'joined').length;
      const { items } = (await json(`${urls.inventory}/stock?limit=500`)) as { items: unknown[] };
      const { products } = await json(`${urls.order}/health/ready`);
      last = `${away} replicas do not read Kafka yet, the order service knows ${products} of ${items.length} products`;
      if (away === 0 && Number(products) >= items.length) return;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > until)
      throw new StackError('services', `orders are not accepted after ${withinMs / 1000} s: ${last}`);
  }
}
