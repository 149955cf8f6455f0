/**
 * What images and containers promise, as far as it stands in their files. That it is so when they run is told
 * by e2e/containers/hardening.spec.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { SERVICES } from '@order-saga/contracts/system';
import { ROOT } from '../stack/state.ts';
import { composeText, servicesIn, valueOf } from './compose-text.ts';

const COMPOSE = 'docker-compose.yml';
const text = composeText(COMPOSE);
const services = servicesIn(COMPOSE);
const [, dockerfile = ''] =
  /^FROM base AS runtime\n([\s\S]*)$/m.exec(
    readFileSync(path.join(ROOT, 'infra/docker/Dockerfile'), 'utf8'),
  ) ?? [];

/** What stands under `x-<name>: &<name>`. */
const common = (name: string): string =>
  new RegExp(`^x-${name}: &${name}\n((?: .*\n)+)`, 'm').exec(text)?.[1] ?? '';

describe('an image', () => {
  it('runs as nobody special, by number: who refuses root cannot look a name up', () => {
    const users = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    assert.deepEqual(users, ['1000:1000']);
    assert.match(services.get('gateway') ?? '', /^ +USER 1000:1000$/m);
  });
  it('is not given what only its build needs', () => {
    for (const [, from] of dockerfile.matchAll(/^COPY --from=(\w+)/gm))
      assert.ok(['dependencies', 'packages', 'generated', 'page'].includes(from ?? ''), from);
    assert.doesNotMatch(dockerfile, /^(COPY (?!--from)|ADD )/m);
  });
});

describe('a container of ours', () => {
  const ours = [...services].filter(
    ([name, its]) => /image: order-saga\/|<<: \*job/.test(its) && !['prometheus', 'grafana'].includes(name),
  );
  /** The jobs that read files whoever they belong to. */
  const ROOTS = ['topics', 'kafka-users', 'databases'];

  it('is found', () => {
    assert.ok(ours.length >= SERVICES.length * 2 + 8, ours.map(([name]) => name).join());
    for (const name of ROOTS) assert.ok(services.has(name), name);
  });
  it('cannot write to its files, has no right of the kernel’s and gets none, and no more memory than it needs', () => {
    const app = common('app');
    assert.equal(valueOf(app, 'read_only'), 'true');
    assert.equal(valueOf(app, 'cap_drop'), '[ALL]');
    assert.equal(valueOf(app, 'security_opt'), "['no-new-privileges:true']");
    assert.match(valueOf(app, 'mem_limit'), /^\d+m$/);
    for (const kind of ['job', 'migrations']) assert.match(common(kind), /^ {2}<<: \*app$/m, kind);
  });
  for (const [name, its] of ours)
    it(`${name} is such a one`, () => {
      assert.match(its, /^ {4}<<: \*(app|job|migrations)$/m);
      for (const setting of ['read_only', 'cap_drop', 'security_opt', 'privileged', 'pid', 'devices'])
        assert.equal(valueOf(its, setting), '', setting);
      const root = ROOTS.includes(name);
      assert.equal(valueOf(its, 'user'), root ? "'0:0'" : '');
      assert.equal(valueOf(its, 'cap_add'), root ? '[DAC_OVERRIDE]' : '');
      assert.doesNotMatch(its, /docker\.sock|network_mode: host/);
    });
});

describe('what listens in containers', () => {
  it('is published on loopback alone', () => {
    const published = [...services.values()].flatMap((its) => {
      const [, inline] = /^ {4}ports: \[(.*)\]$/m.exec(its) ?? [];
      const [, list] = /^ {4}ports:\n((?: {6}.*\n)+)/m.exec(its) ?? [];
      return inline?.split(/, */) ?? list?.trim().split(/\s*\n\s*/) ?? [];
    });
    assert.ok(published.length >= 15, published.join());
    for (const one of published) assert.match(one, /^(- |')127\.0\.0\.1:\$\{\w+_PORT:-\d+\}:\d+'?$/);
  });
  it('as Kafka asks who comes, but for who is in its own container, and refuses what no right says', () => {
    const kafka = services.get('kafka');
    const protocols = new Map(
      valueOf(kafka, 'KAFKA_LISTENER_SECURITY_PROTOCOL_MAP')
        .split(',')
        .map((each) => each.split(':') as [string, string]),
    );
    const listeners = valueOf(kafka, 'KAFKA_LISTENERS').split(',');
    assert.equal(protocols.size, listeners.length);
    for (const listener of listeners) {
      const [name = '', host] = listener.split('://');
      if (!host?.startsWith('localhost:')) assert.equal(protocols.get(name), 'SASL_PLAINTEXT', listener);
    }
    assert.equal(valueOf(kafka, 'KAFKA_SASL_ENABLED_MECHANISMS'), 'SCRAM-SHA-512');
    assert.match(valueOf(kafka, 'KAFKA_AUTHORIZER_CLASS_NAME'), /\.StandardAuthorizer$/);
    assert.equal(valueOf(kafka, 'KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND'), '');
  });
  it('as PostgreSQL asks for a password', () => {
    const postgres = services.get('postgres') ?? '';
    assert.match(valueOf(postgres, 'POSTGRES_PASSWORD_FILE'), /^\/run\/secrets\//);
    assert.doesNotMatch(postgres, /POSTGRES_HOST_AUTH_METHOD|\btrust\b/);
  });
});
