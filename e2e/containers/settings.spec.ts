/**
 * What may be set from outside, and what a clone may look like: settings, ports and modes reach containers as
 * one expects.
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SERVICES } from '@order-saga/contracts/system';
import { expect, test } from '@playwright/test';
import { ROOT } from '../../tools/stack/state.ts';
import { compose, containersOf, docker, inspect } from '../support/docker.ts';

const run = promisify(execFile);

type Service = {
  environment?: Record<string, string | null>;
  ports?: { published: string; target: number }[];
};
type Config = { services: Record<string, Service> };

/** The file as Compose understands it, in a shell that has set these. */
async function configWith(variables: Record<string, string>): Promise<Config['services']> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^OTEL_|_PORT$/.test(name)));
  const { stdout } = await run('docker', ['compose', '--profile', '*', 'config', '--format', 'json'], {
    cwd: ROOT,
    env: { ...env, ...variables },
  });
  return (JSON.parse(stdout) as Config).services;
}

/**
 * As the specification lists them: general, batches, limits, exporters (each of them for one signal alone
 * too).
 */
const OTEL = [
  ...[
    'SDK_DISABLED',
    'RESOURCE_ATTRIBUTES',
    'SERVICE_NAME',
    'LOG_LEVEL',
    'PROPAGATORS',
    'TRACES_SAMPLER',
    'TRACES_SAMPLER_ARG',
  ],
  ...['BSP', 'BLRP'].flatMap((processor) =>
    ['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map(
      (what) => `${processor}_${what}`,
    ),
  ),
  ...['ATTRIBUTE', 'SPAN_ATTRIBUTE', 'LOGRECORD_ATTRIBUTE'].flatMap((of) => [
    `${of}_VALUE_LENGTH_LIMIT`,
    `${of}_COUNT_LIMIT`,
  ]),
  ...['SPAN_EVENT', 'SPAN_LINK', 'EVENT_ATTRIBUTE', 'LINK_ATTRIBUTE'].map((of) => `${of}_COUNT_LIMIT`),
  ...['TRACES', 'METRICS', 'LOGS'].map((signal) => `${signal}_EXPORTER`),
  ...['', 'TRACES_', 'METRICS_', 'LOGS_'].flatMap((signal) =>
    [
      'ENDPOINT',
      'PROTOCOL',
      'HEADERS',
      'TIMEOUT',
      'COMPRESSION',
      'INSECURE',
      'CERTIFICATE',
      'CLIENT_KEY',
      'CLIENT_CERTIFICATE',
    ].map((what) => `EXPORTER_OTLP_${signal}${what}`),
  ),
  ...[
    'EXPORTER_ZIPKIN_ENDPOINT',
    'EXPORTER_ZIPKIN_TIMEOUT',
    'METRIC_EXPORT_INTERVAL',
    'METRIC_EXPORT_TIMEOUT',
    'CONFIG_FILE',
  ],
].map((name) => `OTEL_${name}`);

test('every standard OTEL_* variable reaches every service, and one that is not set does not', async () => {
  const set = await configWith(Object.fromEntries(OTEL.map((name) => [name, `given-${name}`])));
  const unset = await configWith({});
  for (const service of SERVICES) {
    for (const name of OTEL) {
      expect(set[service]?.environment?.[name], `${service} ${name}`).toBe(`given-${name}`);
      const usual = name === 'OTEL_EXPORTER_OTLP_ENDPOINT' ? 'http://jaeger:4318' : null;
      expect(unset[service]?.environment?.[name], `${service} ${name}`).toBe(usual);
    }
  }
});

test('an empty endpoint stays empty: no traces', async () => {
  const empty = await configWith({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  for (const service of SERVICES)
    expect(empty[service]?.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe('');
});

const PORTS = {
  ...{
    ORDER: 4001,
    PAYMENT: 4002,
    INVENTORY: 4003,
    NOTIFICATION: 4004,
    SAGA_ORCHESTRATOR: 4005,
    GATEWAY: 4006,
    PSP: 4010,
    IDENTITY: 4020,
    CONSOLE: 4000,
  },
  ...{ KAFKA: 9092, POSTGRES: 5432, MAIL: 8025, SMTP: 1025, JAEGER: 16686, PROMETHEUS: 9090, GRAFANA: 3000 },
};

test('every published port has its variable, and empty is as if it were not set', async () => {
  const published = (services: Config['services']) =>
    Object.values(services)
      .flatMap(({ ports = [] }) => ports.map((port) => Number(port.published)))
      .sort((a, b) => a - b);
  const numbers = Object.values(PORTS).sort((a, b) => a - b);
  const variables = (value: (port: number) => string) =>
    Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [`${name}_PORT`, value(port)]));
  expect(published(await configWith({}))).toEqual(numbers);
  expect(published(await configWith(variables(() => '')))).toEqual(numbers);
  const moved = await configWith(variables((port) => String(port + 30_000)));
  expect(published(moved)).toEqual(numbers.map((port) => port + 30_000));
  expect(moved['kafka']?.environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain('127.0.0.1:39092');
});

test('every image of ours says its user by number', async () => {
  for (const service of [...SERVICES, 'psp', 'gateway']) {
    const [container = ''] = await containersOf(service);
    const image = await inspect<string>(container, '.Image');
    expect(await docker('image', 'inspect', '--format', '{{.Config.User}}', image), service).toBe(
      '1000:1000',
    );
  }
});

test('replicas are told apart in their logs', async () => {
  const [container = ''] = await containersOf('order');
  const name = await inspect<string>(container, '.Config.Hostname');
  const [first = ''] = (await docker('logs', container)).split('\n').filter((line) => line.startsWith('{'));
  expect(JSON.parse(first)).toMatchObject({ service: 'order', instance: name });
});

test('a level of the log that does not exist is refused before anything is started', async () => {
  await expect(compose('run', '--rm', '--no-deps', '--env', 'LOG_LEVEL=loud', 'databases')).rejects.toThrow(
    /LOG_LEVEL: /,
  );
});

test('images made from a clone with a umask of 077 run', async () => {
  test.setTimeout(600_000);
  const clone = mkdtempSync(path.join(os.tmpdir(), 'order-saga-umask-'));
  const tag = `order-saga/umask-test:${process.pid}`;
  try {
    const { stdout } = await run('git', ['ls-files', '-z'], { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
    for (const file of stdout.split('\0').filter((name) => name !== '')) {
      const copy = path.join(clone, file);
      mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
      cpSync(path.join(ROOT, file), copy);
      chmodSync(copy, 0o600);
    }
    await docker(
      'build',
      '-f',
      path.join(clone, 'infra/docker/Dockerfile'),
      '--build-arg',
      'APP=services/order',
      '-t',
      tag,
      clone,
    );
    // It has read all that it is made of when it says that it has no settings.
    await expect(docker('run', '--rm', tag)).rejects.toThrow(
      /the environment does not fit:[\s\S]*DATABASE_URL: is not set/,
    );
  } finally {
    rmSync(clone, { recursive: true, force: true });
    await docker('image', 'rm', '--force', tag).catch(() => {});
  }
});
