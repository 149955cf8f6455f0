/** What every image and container of ours promises. */
import { Client } from 'pg';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { heapFlagsOf } from '../../tools/stack/components/node-processes.ts';
import { databaseOf } from '../../tools/stack/state.ts';
import { compose, containersOf, docker, inspect } from '../support/docker.ts';
import { expect, stack, test } from '../support/story.ts';

const OURS = [...SERVICES, CONSOLE.name, 'psp', 'identity'];
const BASE = 'node:24-bookworm-slim';
const MAX_MB_ON_TOP = 150;

for (const service of OURS) {
  test(`${service} runs as nobody special, cannot write to its files, and can do nothing else`, async () => {
    const [container = ''] = await containersOf(service);
    // By number: Kubernetes' runAsNonRoot cannot look a name up.
    expect(await inspect(container, '.Config.User')).toBe('1000:1000');
    expect(await docker('exec', container, 'id', '-u')).toBe('1000');
    await expect(docker('exec', container, 'touch', '/app/x')).rejects.toThrow(/Read-only file system/);
    const status = await docker('exec', container, 'cat', '/proc/1/status');
    expect(/CapEff:\s*(\w+)/.exec(status)?.[1]).toMatch(/^0+$/);
    expect(/NoNewPrivs:\s*(\d)/.exec(status)?.[1]).toBe('1');
    const command = (await docker('exec', container, 'cat', '/proc/1/cmdline'))
      .split('\0')
      .filter((word) => word !== '');
    expect(command).toEqual(['node', ...heapFlagsOf(service), 'src/main.ts']); // no shell: SIGTERM reaches it
    expect(await inspect(container, '.HostConfig.Memory')).toBeGreaterThan(0);
  });

  test(`${service}'s image has labels, a health check, its own code alone, and under ${MAX_MB_ON_TOP} MB on top of its base`, async () => {
    const [container = ''] = await containersOf(service);
    const image = await inspect<string>(container, '.Config.Image');
    const size = async (name: string) =>
      Number(await docker('image', 'inspect', '--format', '{{.Size}}', name)) / 1_000_000;
    const onTop = (await size(image)) - (await size(BASE));
    console.log(`  ${image}: ${onTop.toFixed(0)} MB on top of ${BASE}`);
    expect(onTop).toBeLessThan(MAX_MB_ON_TOP);
    const labels = await inspect<Record<string, string>>(container, '.Config.Labels');
    expect(labels['org.opencontainers.image.licenses']).toBe('MIT');
    expect(await inspect(container, '.Config.Healthcheck')).toBeTruthy();
    const apps = await docker(
      'exec',
      container,
      'sh',
      '-c',
      'cd /app && ls -d services/* tools/* console 2>/dev/null; ls packages',
    );
    expect(apps.split('\n').filter((line) => /^((services|tools)\/|console$)/.test(line))).toHaveLength(1);
    expect(apps).not.toContain('testing');
    const modules = await docker('exec', container, 'ls', '/app/node_modules');
    for (const tool of ['typescript', 'prisma', 'eslint', 'prettier', 'node'])
      expect(modules.split('\n')).not.toContain(tool);
  });
}

test('the console serves its page, built into its image, and has no bundler', async () => {
  const { url = '' } = stack().components.find(({ name }) => name === CONSOLE.name) ?? {};
  const page = await fetch(`${url}/`);
  expect(page.headers.get('content-type')).toContain('text/html');
  const assets = [...(await page.text()).matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file]) => `${file}`);
  expect(assets.length).toBeGreaterThan(1);
  for (const file of assets) {
    const asset = await fetch(`${url}${file}`);
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toContain('immutable');
  }
  const [container = ''] = await containersOf(CONSOLE.name);
  const modules = (await docker('exec', container, 'ls', '/app/node_modules')).split('\n');
  expect(modules).toContain('sirv');
  for (const tool of ['vite', 'rolldown', 'react-dom']) expect(modules).not.toContain(tool);
});

test('every published port is on loopback', async () => {
  const { services } = JSON.parse(await compose('config', '--format', 'json')) as {
    services: Record<string, { ports?: { host_ip?: string }[] }>;
  };
  const addresses = Object.values(services).flatMap(({ ports = [] }) => ports.map(({ host_ip }) => host_ip));
  expect(addresses.length).toBeGreaterThan(5);
  expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
});

test('a role reaches its own database only, and has its own password only', async () => {
  const [payment = ''] = await containersOf('payment');
  expect((await docker('exec', payment, 'ls', '/run/secrets')).split('\n')).toEqual([
    'kafka-password',
    'payment-password',
  ]);
  await expect(docker('exec', payment, 'touch', '/run/secrets/x')).rejects.toThrow(/Read-only file system/);
  const connect = async (database: string) => {
    const client = new Client({
      connectionString: databaseOf(stack(), 'payment').replace(/[^/]*$/, database),
    });
    await client.connect().finally(() => client.end());
  };
  await connect('payment');
  await expect(connect('inventory')).rejects.toThrow(/permission denied for database/);
  await expect(connect('postgres')).rejects.toThrow(/permission denied for database/);
});

test('a service migrates nothing, and cannot change what happened', async () => {
  const [order = ''] = await containersOf('order');
  expect(await docker('exec', order, 'printenv', 'MIGRATE_AT_START')).toBe('false');
  await expect(docker('exec', order, 'printenv', 'DATABASE_OWNER_URL')).rejects.toThrow();
  const client = new Client({ connectionString: databaseOf(stack(), 'order') });
  await client.connect();
  try {
    for (const text of [
      'create table mine (id int)',
      'update order_events set time = now()',
      'drop table orders',
    ])
      await expect(client.query(text), text).rejects.toThrow(/permission denied|must be owner/);
  } finally {
    await client.end();
  }
});

test('an image refuses a secret of this repository, unless who starts it says that it is a demo', async () => {
  const [order = ''] = await containersOf('order');
  const image = await inspect<string>(order, '.Config.Image');
  const hard = ['--user', '1000:1000', '--read-only', '--cap-drop', 'ALL', '--network', 'none'];
  const settings = [
    'DATABASE_URL=postgres://order@db/order',
    'DATABASE_PASSWORD=demo-only-order',
    'KAFKA_BROKERS=k:1',
  ];
  const started = docker('run', '--rm', ...hard, ...settings.flatMap((one) => ['--env', one]), image);
  await expect(started).rejects.toThrow(/DATABASE_PASSWORD: is a demo secret/);
});
