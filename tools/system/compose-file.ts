/** What docker-compose.yml says of each service. */
import { CONSOLE, OUTSIDE, type Outside, STACK_SETTINGS } from '@order-saga/contracts/system';
import { ownerOf, roleOf } from '@sagakit/service-kit/databases';
import type { Described, Services } from './place.ts';
import { kafkaPasswordFile } from './kafka-users.ts';
import { line, section } from './section.ts';

/** Where the containers find what stands outside. */
const ADDRESSES: Readonly<Record<Outside, string>> = { psp: 'http://psp:8080', smtp: 'smtp://mail:1025' };

/** The variable that moves its port. */
export const portVariable = (service: string): string => `${roleOf(service).toUpperCase()}_PORT`;

function ownEnvironment({ needs, settings }: Described): string[] {
  const stack = Object.entries(STACK_SETTINGS).filter(([name]) => settings.includes(name));
  return [
    ...needs.map((need) => `${OUTSIDE[need]}: ${ADDRESSES[need]}`),
    ...stack.map(([name, value]) => `${name}: \${${name}:-${value}}`),
  ];
}

const service = (name: string, described: Described): string => `
  ${name}:
    <<: *app
    image: order-saga/${name}:\${TAG:-dev}
    build:
      <<: *build
      args: { APP: services/${name}, REVISION: '\${REVISION:-unknown}' }
    environment:
      <<: *environment
      DATABASE_URL: postgres://${roleOf(name)}@postgres:5432/${roleOf(name)}
      DATABASE_PASSWORD_FILE: /run/secrets/${name}-password
      KAFKA_SASL_USERNAME: ${name}
      KAFKA_SASL_PASSWORD_FILE: /run/secrets/kafka-password
      MIGRATE_AT_START: 'false' # its role may not: ${name}-migrations does, before
${ownEnvironment(described)
  .map((line) => `      ${line}\n`)
  .join('')}\
    volumes: ['${name}-password:/run/secrets:ro']
    depends_on:
      <<: *needs
      ${name}-migrations: { condition: service_completed_successfully }
${(described.after ?? []).map((other) => `      ${other}: { condition: service_started } # of this release\n`).join('')}\
    develop:
      watch:
        - { action: rebuild, path: services/${name}/src }
        - { action: rebuild, path: services/${name}/prisma }
        - { action: rebuild, path: contracts, ignore: ['**/test'] }
        - { action: rebuild, path: packages, ignore: ['**/test'] }
        - { action: rebuild, path: package-lock.json }

  ${name}-migrations:
    <<: *migrations
    image: order-saga/${name}:\${TAG:-dev}
    build:
      <<: *build
      args: { APP: services/${name}, REVISION: '\${REVISION:-unknown}' }
    environment:
      <<: *migrations-environment
      DATABASE_URL: postgres://${roleOf(name)}@postgres:5432/${roleOf(name)}
      DATABASE_OWNER_URL: postgres://${ownerOf(name)}@postgres:5432/${roleOf(name)}
      DATABASE_OWNER_PASSWORD_FILE: /run/secrets/${name}-owner-password
    volumes: ['${name}-owner-password:/run/secrets:ro']
`;

/** What the console asks from its container, and what it shows to a browser on this machine. */
const consoleAsks = (services: Services): string =>
  [...Object.keys(services), 'psp'].map((name) => `${name}=http://${name}:8080`).join(',');
const consoleShows = (services: Services): string =>
  [
    ...Object.entries(services).map(([name, { port }]) => ({ name, variable: portVariable(name), port })),
    { name: 'mail', variable: 'MAIL_PORT', port: 8025 },
    { name: 'psp', variable: 'PSP_PORT', port: 4010, path: '/ledger' },
    { name: 'jaeger', variable: 'JAEGER_PORT', port: 16686 },
  ]
    .map(
      ({ name, variable, port, path = '' }: Shown) =>
        `${name}=http://127.0.0.1:\${${variable}:-${port}}${path}`,
    )
    .join(',');
type Shown = { name: string; variable: string; port: number; path?: string };

export function composeFile(text: string, services: Services): string {
  const owners = [...Object.keys(services), CONSOLE.name];
  const users = [...owners, 'tools'];
  const each = (line: (name: string, described: Described) => string) =>
    Object.entries(services).map(([name, described]) => line(name, described));
  const handedOut = [...Object.keys(services).flatMap((name) => [name, `${name}-owner`]), CONSOLE.name];
  const sections: Record<string, string[]> = {
    services: each(service).join('').trim().split('\n'),
    ports: each((name, { port }) => `- 127.0.0.1:\${${portVariable(name)}:-${port}}:${port}`),
    awaited: each((name) => `${name}: { condition: service_started }`),
    passwords: owners.map((name) => `- ${name}-password`),
    'handed out': handedOut.map((name) => `- ${name}-password:/passwords/${name}`),
    volumes: handedOut.map((name) => `${name}-password:`),
    secrets: owners.map((name) => `${name}-password: { file: infra/compose/secrets/${name}-password }`),
    'kafka passwords': users.map((name) => `- kafka-${name}-password`),
    'kafka handed out': owners.map((name) => `- ${name}-password:/passwords/${name}`),
    'kafka secrets': users.map((name) => `kafka-${name}-password: { file: ${kafkaPasswordFile(name)} }`),
  };
  const own = [
    ['SERVICE_URLS', consoleAsks(services)],
    ['LINKS', consoleShows(services)],
  ] as const;
  const withOwn = own.reduce(
    (written, [name, value]) => line(written, new RegExp(`^ +${name}:`), `      ${name}: ${value}`),
    text,
  );
  return Object.entries(sections).reduce((written, [name, lines]) => section(written, name, lines), withOwn);
}
