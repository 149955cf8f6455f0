/**
 * Places orders and waits for their ends: closed loop (so many in flight) or open loop (so many a second).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { tailTopics } from '@sagakit/kafka/admin/tail';
import type { KafkaConnection } from '@sagakit/kafka/connection';
import { quiet } from '@sagakit/resilience/log';
import { authorizationFor } from '../identity/token.ts';
import { orderBody } from '../shop/client.ts';
import { Pool } from 'undici';

export type Ended = {
  orderId: string;
  status: string;
  /** From the request (open loop: from the moment it was due) until the end was read from `order.events`. */
  latencyMs: number;
};
export type LoadResult = { ended: Ended[]; refused: number; seconds: number };

const ENDS: Record<string, string> = {
  OrderConfirmed: 'CONFIRMED',
  OrderRejected: 'REJECTED',
  OrderCancelled: 'CANCELLED',
};
/** Every twentieth card is declined. */
const DECLINED_EVERY = 20;
const GIVE_UP_MS = 180_000;

export type Load = Awaited<ReturnType<typeof openLoad>>;

export async function openLoad(options: { orderUrl: string; kafka: KafkaConnection; skus: string[] }) {
  const http = new Pool(options.orderUrl, { connections: 256, pipelining: 1 });
  const ends = await watchEnds(options.kafka);
  let placed = 0;

  async function placeOne(dueAt: number): Promise<Ended | undefined> {
    const number = placed++;
    const sku = options.skus[(number * 7919) % options.skus.length] as string;
    const token = number % DECLINED_EVERY === DECLINED_EVERY - 1 ? 'tok_declined' : 'tok_visa';
    const response = await http.request({
      path: '/orders',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...(await authorizationFor(options.orderUrl)),
      },
      body: JSON.stringify(
        orderBody([{ sku, quantity: 1 + (number % 3) }], token, `customer-${number % 500}`),
      ),
    });
    const body = (await response.body.json()) as { orderId: string };
    if (response.statusCode !== 202) return undefined;
    const { orderId } = body;
    const ended = await ends.endOf(orderId);
    return { orderId, status: ended.status, latencyMs: ended.at - dueAt };
  }

  async function closedLoop(orders: number, inFlight: number): Promise<LoadResult> {
    const began = performance.now();
    const results: (Ended | undefined)[] = [];
    let left = orders;
    await Promise.all(
      Array.from({ length: Math.min(inFlight, orders) }, async () => {
        while (left-- > 0) results.push(await placeOne(performance.now()));
      }),
    );
    return summed(results, began);
  }

  async function openLoop(orders: number, rate: number): Promise<LoadResult> {
    const began = performance.now();
    const running: Promise<Ended | undefined>[] = [];
    for (let number = 0; number < orders; number++) {
      const dueAt = began + (number * 1000) / rate;
      const wait = dueAt - performance.now();
      if (wait > 0) await delay(wait);
      running.push(placeOne(dueAt));
    }
    return summed(await Promise.all(running), began);
  }

  return {
    closedLoop,
    openLoop,
    async close() {
      await ends.stop();
      await http.close();
    },
  };
}

type End = { at: number; status: string };

/** Reads from `order.events` how and when orders end. */
async function watchEnds(kafka: KafkaConnection) {
  const waiting = new Map<string, (end: End) => void>();
  const early = new Map<string, End>();
  const tail = await tailTopics(kafka, {
    topics: ['order.events'],
    fromBeginning: false,
    log: quiet,
    onMessage({ message }) {
      const status = message && ENDS[message.type];
      if (!status) return;
      const end = { at: performance.now(), status };
      const tell = waiting.get(message.subject);
      waiting.delete(message.subject);
      if (tell) tell(end);
      else early.set(message.subject, end); // its 202 is still on its way
    },
  });
  return {
    async endOf(orderId: string): Promise<End> {
      const end = early.get(orderId);
      early.delete(orderId);
      if (end) return end;
      return new Promise((resolve, reject) => {
        const late = new Error(`order ${orderId} did not end within ${GIVE_UP_MS / 1000} s`);
        const timer = setTimeout(() => reject(late), GIVE_UP_MS);
        waiting.set(orderId, (ended) => {
          clearTimeout(timer);
          resolve(ended);
        });
      });
    },
    stop: tail.stop,
  };
}

function summed(results: (Ended | undefined)[], began: number): LoadResult {
  const ended = results.filter((result) => result !== undefined);
  return { ended, refused: results.length - ended.length, seconds: (performance.now() - began) / 1000 };
}
