/** The gateway's own figures, as Prometheus reads them: what it answers itself is in no service's. */
import { NAMES, type Service } from './services.mts';
import type { Told } from './forward.mts';

const COUNTERS = {
  forwarded: { name: 'order_saga_gateway_connections_total', help: 'Connections passed on to a replica' },
  refused: {
    name: 'order_saga_gateway_refused_total',
    help: 'Connections that no replica took: answered with 503 by the gateway',
  },
};

export function createMetrics(): { told(service: Service): Told; text(): string } {
  const zero = () => Object.fromEntries(NAMES.map((service) => [service, 0])) as Record<Service, number>;
  const counts = { forwarded: zero(), refused: zero() };
  return {
    told: (service) => ({
      forwarded: () => void counts.forwarded[service]++,
      refused: () => void counts.refused[service]++,
    }),
    text: () =>
      (['forwarded', 'refused'] as const)
        .flatMap((what) => {
          const { name, help } = COUNTERS[what];
          const lines = NAMES.map((service) => `${name}{service="${service}"} ${counts[what][service]}`);
          return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines, ''];
        })
        .join('\n'),
  };
}
