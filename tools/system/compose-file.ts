/** What docker-compose.yml says of each service. */
import { OUTSIDE, type Outside, STACK_SETTINGS } from '@order-saga/contracts/system';
import { roleOf } from '@sagakit/service-kit/databases';
import type { Described, Services } from './places.ts';
import { section } from './section.ts';

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
${ownEnvironment(described)
  .map((line) => `      ${line}\n`)
  .join('')}\
    volumes: ['${name}-password:/run/secrets:ro']
    depends_on: *needs
    develop:
      watch:
        - { action: rebuild, path: services/${name}/src }
        - { action: rebuild, path: services/${name}/prisma }
        - { action: rebuild, path: contracts, ignore: ['**/test'] }
        - { action: rebuild, path: packages, ignore: ['**/test'] }
        - { action: rebuild, path: package-lock.json }
`;

export function composeFile(text: string, services: Services): string {
  const each = (line: (name: string, described: Described) => string) =>
    Object.entries(services).map(([name, described]) => line(name, described));
  const sections: Record<string, string[]> = {
    services: each(service).join('').trim().split('\n'),
    ports: each((name, { port }) => `- 127.0.0.1:\${${portVariable(name)}:-${port}}:${port}`),
    awaited: each((name) => `${name}: { condition: service_started }`),
    passwords: each((name) => `- ${name}-password`),
    'handed out': each((name) => `- ${name}-password:/passwords/${name}`),
    volumes: each((name) => `${name}-password:`),
    secrets: each((name) => `${name}-password: { file: infra/compose/secrets/${name}-password }`),
  };
  return Object.entries(sections).reduce((written, [name, lines]) => section(written, name, lines), text);
}
