/** What infra/compose/tls.yml says of whoever speaks to Kafka or PostgreSQL and follows from the system. */
import { CONSOLE } from '@order-saga/contracts/system';
import { ownerOf, roleOf } from '@sagakit/service-kit/databases';
import type { Services } from './place.ts';
import { section } from './section.ts';

const as = (role: string, name: string) =>
  `postgres://${role}@postgres:5432/${roleOf(name)}?sslmode=verify-full&sslrootcert=/run/tls/ca.crt`;

const speaks = (name: string) => `
  ${name}:
    environment:
      <<: *kafka
      DATABASE_URL: ${as(roleOf(name), name)}
    volumes: ['tls-ca:/run/tls:ro']
`;

const migrates = (name: string) => `
  ${name}-migrations:
    environment:
      DATABASE_URL: ${as(roleOf(name), name)}
      DATABASE_OWNER_URL: ${as(ownerOf(name), name)}
    volumes: ['tls-ca:/run/tls:ro']
`;

export function tlsFile(text: string, services: Services): string {
  const each = [
    ...Object.keys(services).flatMap((name) => [speaks(name), migrates(name)]),
    speaks(CONSOLE.name),
  ];
  return section(text, 'services', each.join('').trim().split('\n'));
}
