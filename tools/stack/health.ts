/** `npm run stack -- health`: how every service is, at a glance: what an operator asks first. */
import { SERVICES } from '@order-saga/contracts/system';
import type { Component, StackState } from './state.ts';

/**
 * A Prometheus text: the sum of a metric over all its labels, or of those lines that carry `label`.
 * Undefined: it is not there.
 */
export function metricOf(text: string, name: string, label = ''): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if ((line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label)) {
      sum = (sum ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1));
    }
  }
  return sum;
}

type Health = { status: string; reason?: string; kafka?: string };

async function lookAt(url: string): Promise<{ health: Health; metrics: string }> {
  const get = (path: string) => fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) });
  try {
    const health = (await (await get('/health/ready')).json()) as Health;
    return { health, metrics: await (await get('/metrics')).text() };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { health: { status: 'no answer', reason: cause?.message ?? message }, metrics: '' };
  }
}

function words({ health, metrics }: Awaited<ReturnType<typeof lookAt>>): string {
  const count = (name: string, label?: string) => metricOf(metrics, `order_saga_${name}`, label);
  const behind = count('consumer_behind_seconds') ?? 0;
  const said: [string, number | undefined][] = [
    ['unread', count('consumer_lag_messages')],
    ['unsent', count('outbox_messages')],
    ['parked', count('dead_letters')],
    ['calls waiting', count('effects_waiting')],
    ['overdue sagas', count('sagas', 'status="overdue"')],
    ['sagas that need attention', count('sagas', 'status="needs-attention"')],
  ];
  const counts = said.flatMap(([what, number]) => (number === undefined ? [] : [`${number} ${what}`]));
  return [
    health.reason ? `${health.status}: ${health.reason}` : health.status,
    ...(health.kafka ? [`kafka ${health.kafka}`] : []),
    ...counts,
    ...(count('circuit_open') ? ['CALLS HELD BACK'] : []),
    ...(behind >= 15 ? [`READS NOTHING TO ITS END for ${Math.round(behind)} s`] : []),
  ].join(', ');
}

export async function showHealth(state: StackState): Promise<void> {
  const services = state.components.filter(
    (component): component is Component & { url: string } =>
      SERVICES.some((name) => name === component.name) && component.url !== undefined,
  );
  const lines = await Promise.all(
    services.map(async ({ name, instance, url }) => {
      const shown = `${name}${instance > 1 ? `-${instance}` : ''}`;
      return `${shown.padEnd(20)} ${words(await lookAt(url))}`;
    }),
  );
  for (const line of lines) console.log(line);
}
