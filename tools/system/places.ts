/**
 * The files in which the services are named and that cannot import contracts/src/system.ts. Each is what
 * `write` makes of it: `npm run system` writes them, and the unit test beside this file compares.
 */
import { composeFile, portVariable } from './compose-file.ts';
import type { Place, Services } from './place.ts';
import { line, section } from './section.ts';
import { tlsFile } from './tls-file.ts';

const key = (name: string) => (/^\w+$/.test(name) ? name : `'${name}'`);
const names = (services: Services) => Object.keys(services);

export const PLACES: readonly Place[] = [
  { file: 'docker-compose.yml', write: composeFile },
  { file: 'infra/compose/tls.yml', write: tlsFile },
  {
    file: 'infra/compose/gateway/services.mts',
    write: (text, services) =>
      section(
        text,
        'services',
        Object.entries(services).map(([name, { port }]) => `${key(name)}: ${port},`),
      ),
  },
  {
    file: 'infra/compose/prometheus/prometheus.yml',
    write: (text, services) => line(text, /^ +- names: \[/, `      - names: [${names(services).join(', ')}]`),
  },
  {
    file: '.github/workflows/ci.yml',
    write: (text, services) =>
      section(
        text,
        'services',
        names(services).map((name) => `- services/${name}`),
      ),
  },
  { file: 'README.md', write: (text, services) => line(text, /^\| `services\/` \|/, foldersOf(services)) },
  {
    file: 'docs/containers.md',
    write: (text, services) => line(text, /^\| 4001 to \d+ \|/, rowOf(services)),
  },
];

function foldersOf(services: Services): string {
  const links = names(services).map((name) => `[${name}](services/${name}/README.md)`);
  return `| \`services/\` | ${links.join(', ')}: each deployable on its own |`;
}

/** The first port to the last; between them may be ports of somebody else. */
function rowOf(services: Services): string {
  const ports = Object.values(services).map(({ port }) => port);
  const moved = names(services).map((name) => `\`${portVariable(name)}\``);
  const range = `${Math.min(...ports)} to ${Math.max(...ports)}`;
  return `| ${range} | ${names(services).join(', ')}, through the gateway | ${moved.join(', ')} |`;
}

/**
 * A demo value; whoever runs the containers elsewhere puts their own there (infra/compose/secrets/README.md).
 */
export const passwordFile = (service: string): string => `infra/compose/secrets/${service}-password`;
