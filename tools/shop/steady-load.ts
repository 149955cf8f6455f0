/** Customers who come one after the other and do not go away when a service is away for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@sagakit/testing/eventually';
import type { OrderBody, Shop } from './client.ts';

export type Placed = {
  orderId: string;
  /** Of all its orders, the first is 0. */
  number: number;
  /** Requests that were not answered with 202 before the one that was. */
  repeated: number;
};

export type SteadyLoad = {
  /** So far. */
  placed(): number;
  /**
   * No order is placed any more. Resolves once all that were are accepted, and what was done with them is
   * done.
   */
  stop(): Promise<{
    accepted: Placed[];
    /** What HTTP said of orders, in the order in which it said it. */
    observedStatuses: { orderId: string; status: string }[];
  }>;
};

const LOOKS_EVERY_MS = 20;

/**
 * Places one order every `everyMs`. A request that is not answered with 202 is repeated with the same key for
 * `patienceMs` at most; then `stop` throws.
 *
 * @param body of the order with that number
 * @param afterwards what the customer does once it is accepted
 */
export function steadyLoad(
  shop: Shop,
  {
    everyMs,
    patienceMs,
    body,
    afterwards = async () => {},
  }: {
    everyMs: number;
    patienceMs: number;
    body: (number: number) => OrderBody;
    afterwards?: (placed: Placed) => Promise<void>;
  },
): SteadyLoad {
  const accepted: Promise<Placed>[] = [];
  const observedStatuses: { orderId: string; status: string }[] = [];
  let going = true;

  async function placeOne(number: number): Promise<Placed> {
    const placed = { ...(await placeUntilAccepted(shop, body(number), patienceMs)), number };
    await afterwards(placed);
    return placed;
  }

  const placing = (async () => {
    for (let number = 0; going; number++) {
      const order = placeOne(number);
      order.catch(() => {}); // told by stop
      accepted.push(order);
      await delay(everyMs);
    }
  })();

  const observing = (async () => {
    const known = new Set<string>();
    for (let look = 0; going; look++) {
      const newest = await Promise.race([accepted.at(-1)?.catch(() => undefined), delay(100)]);
      if (newest) known.add(newest.orderId);
      const orderId = [...known][look % Math.max(1, known.size)];
      // While something is away there may be no response: then there is nothing to be seen.
      const seen = orderId === undefined ? undefined : await shop.order(orderId).catch(() => undefined);
      if (orderId !== undefined && typeof seen?.status === 'string')
        observedStatuses.push({ orderId, status: seen.status });
      await delay(LOOKS_EVERY_MS);
    }
  })();

  return {
    placed: () => accepted.length,
    async stop() {
      going = false;
      await placing;
      await observing;
      return { accepted: await Promise.all(accepted), observedStatuses };
    },
  };
}

/** Each request is the same one: a key stands for one body. */
async function placeUntilAccepted(
  shop: Shop,
  body: OrderBody,
  patienceMs: number,
): Promise<Omit<Placed, 'number'>> {
  const key = crypto.randomUUID();
  let tries = 0;
  let status = 0;
  const { body: view } = await eventually(
    'the order is accepted',
    async () => {
      tries++;
      const response = await shop.place(body, key);
      ({ status } = response);
      return status === 202 && response;
    },
    { withinMs: patienceMs, everyMs: 200, seen: () => `${status}, at request ${tries}` },
  );
  return { orderId: view.orderId, repeated: tries - 1 };
}
