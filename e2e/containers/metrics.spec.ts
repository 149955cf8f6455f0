/**
 * The profile `metrics`: Prometheus finds every service, the alert rules hold, and the dashboard asks for
 * what there is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from '@order-saga/contracts/system';
import { ROOT } from '../../tools/stack/state.ts';
import { compose, containersOf, docker } from '../support/docker.ts';
import { call, eventually, expect, orderBody, shop, someSku, test } from '../support/story.ts';

const PROMETHEUS = `http://127.0.0.1:${process.env['PROMETHEUS_PORT'] || 9090}`;
type Answer = {
  status: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
};
const query = async (text: string) =>
  (await call<Answer>(`${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(text)}`)).body.data.result;

test.beforeAll(async () => {
  await compose(
    '--profile',
    'metrics',
    'up',
    '--build',
    '--detach',
    '--no-recreate',
    'prometheus',
    'grafana',
  );
});
test.afterAll(async () => {
  await compose('--profile', 'metrics', 'rm', '--stop', '--force', 'prometheus', 'grafana');
});

test('Prometheus reads every service', async () => {
  const up = await eventually(
    'every service is up',
    async () => {
      const found = await query('up{job="services"} == 1');
      return new Set(found.map(({ metric }) => metric['target_service'])).size === SERVICES.length && found;
    },
    { withinMs: 90_000, everyMs: 1_000 },
  );
  expect(up.map(({ metric }) => metric['target_service']).sort()).toEqual([...SERVICES].sort());
});

test('Prometheus reads what the gateway answers itself: a service that is away is refused, and counted', async () => {
  await compose('stop', 'notification');
  try {
    expect((await call(`${shop.urls.notification}/notifications`)).status).toBe(503);
    const asked = 'order_saga_gateway_refused_total{service="notification"} > 0';
    await eventually('it is counted', async () => (await query(asked)).length > 0, {
      withinMs: 60_000,
      everyMs: 1_000,
    });
  } finally {
    await compose('up', '--detach', '--no-recreate', '--wait', 'notification');
  }
});

test('the alert rules say what they should (promtool)', async () => {
  const [container = ''] = await containersOf('prometheus');
  expect(
    await docker('exec', container, 'promtool', 'check', 'config', '/etc/prometheus/prometheus.yml'),
  ).toContain('SUCCESS');
  expect(
    await docker(
      'exec',
      '--workdir',
      '/etc/prometheus',
      container,
      'promtool',
      'test',
      'rules',
      'alerts.test.yml',
    ),
  ).toContain('SUCCESS');
});

test('every question of the dashboard has an answer', async () => {
  const { orderId } = await shop.placed(orderBody([{ sku: someSku(), quantity: 1 }]));
  await shop.sagaEnded(orderId);
  const { panels } = JSON.parse(
    readFileSync(path.join(ROOT, 'infra/compose/grafana/dashboards/order-saga.json'), 'utf8'),
  ) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  expect(panels.length).toBeGreaterThan(4);
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      await eventually(`${title}: ${expr}`, async () => (await query(expr)).length > 0, {
        withinMs: 60_000,
        everyMs: 1_000,
      });
    }
  }
});
