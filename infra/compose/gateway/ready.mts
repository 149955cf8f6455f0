/**
 * A job that ends well when orders can be placed: what `docker compose up --wait` waits for, each time it is
 * called. A health check would say "unhealthy" of what only waits for something else, and `up` gives up on
 * that at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { whyNoOrders } from './orders.mts';

const within = Number(process.env['READY_WITHIN_S'] ?? 300);
const began = performance.now();
let said: string | undefined;
for (;;) {
  const reason = await whyNoOrders();
  if (reason === undefined) break;
  if (reason !== said) console.log(`waiting for ${reason}`);
  said = reason;
  if (performance.now() - began > within * 1000) {
    console.error(
      `orders cannot be placed after ${within} s. The last that was waited for: ${reason}. See: docker compose ps, docker compose logs`,
    );
    process.exit(1);
  }
  await delay(300);
}
console.log('orders can be placed');
