/** What a service tells about itself at `/metrics`. */
import type { ServiceName } from '@order-saga/contracts/system';
import { metricOf } from '../../tools/stack/health.ts';
import type { Shop } from '@order-saga/tools/shop/client';
import { call, shop } from './story.ts';

/** The sum over all of the metric's labels; 0 where it is not there. */
export async function metric(service: ServiceName, name: string, at: Shop = shop): Promise<number> {
  const { body } = await call<string>(`${at.urls[service]}/metrics`);
  return metricOf(body, `order_saga_${name}`) ?? 0;
}

/** Whether calls to the payment provider are held back. */
export const circuitOpen = async (at: Shop = shop) => (await metric('payment', 'circuit_open', at)) === 1;
