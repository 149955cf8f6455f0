/**
 * Rows of what containers need, as far as a test without them can notice; see mechanisms.ts. The others:
 * e2e/containers.
 */
import { integration, type Mechanism, unit } from './mechanism.ts';

const CERTIFICATES = unit('infra/compose/tls/certificates.unit.test.ts');
const HARDENING = unit('tools/system/hardening.unit.test.ts');
const TRACES = unit('packages/service-kit/test/logs-and-traces.unit.test.ts');

export const CONTAINERS: readonly Mechanism[] = [
  {
    failure: 'who waits is taken for broken',
    mechanism: 'what was ready once has started, whatever is away now',
    file: 'packages/service-kit/src/http/operations.ts',
    cut: 'const seen = started ? {} : await look();',
    paste: 'const seen = await look();',
    test: integration('tools/test/database-away.integration.test.ts'),
  },
  {
    failure: 'databases made by halves',
    mechanism: 'what is there is made good as well, at any time',
    file: 'packages/service-kit/src/databases.ts',
    cut: 'if ((await client.query(AS_IT_SHOULD_BE, [role, owner])).rowCount) return done;',
    paste: 'if (done.length === 0) return done;',
    test: integration('packages/service-kit/test/databases.integration.test.ts'),
  },
  {
    failure: 'refused password taken for an outage',
    mechanism: 'each refusal is told with what to do',
    file: 'packages/postgres/src/database-errors.ts',
    cut: 'return advice ? `${named}: ${advice}` : named;',
    paste: 'return named;',
    test: unit('packages/postgres/test/database-errors.unit.test.ts'),
  },
  {
    failure: 'traces that cannot be switched off',
    mechanism: 'an empty endpoint asks for none',
    file: 'packages/service-kit/src/telemetry.ts',
    cut: ' && ENDPOINTS.every((name) => environment[name] === undefined)',
    paste: '',
    test: TRACES,
  },
  {
    failure: 'trace called POST',
    mechanism: 'the span of a request is named by its route',
    file: 'packages/service-kit/src/telemetry.ts',
    cut: '  span.updateName(`${request.method} ${path}`);\n',
    paste: '',
    test: TRACES,
  },
  {
    failure: 'refused where no service sees it',
    mechanism: 'the gateway counts its own answers',
    file: 'infra/compose/gateway/metrics.mts',
    cut: 'void counts.refused[service]++',
    paste: 'undefined',
    test: unit('infra/compose/gateway/gateway.unit.test.ts'),
  },
  {
    failure: 'somebody forgotten when the network is encrypted',
    mechanism: 'who speaks to Kafka and PostgreSQL follows from the system',
    file: 'tools/system/tls-file.ts',
    cut: '[speaks(name), migrates(name)]',
    paste: '[speaks(name)]',
    test: unit('tools/system/system.unit.test.ts'),
  },
  {
    failure: 'a certificate that is about to end',
    mechanism: 'what ends within a month is made anew with the next start',
    file: 'infra/compose/tls/main.mts',
    cut: 'known.validToDate.getTime() - Date.now() > RENEWED_BEFORE_MS',
    paste: 'known.validToDate.getTime() > Date.now()',
    test: CERTIFICATES,
  },
  {
    failure: "a server's key in other hands",
    mechanism: 'its own user alone reads it',
    file: 'infra/compose/tls/main.mts',
    cut: 'both, 0o400, uid',
    paste: 'both, 0o444, uid',
    test: CERTIFICATES,
  },
  {
    failure: 'image that runs as root, or as a name that nobody can look up',
    mechanism: 'its user is a number',
    file: 'infra/docker/Dockerfile',
    cut: '\nUSER 1000:1000\n',
    paste: '\nUSER node\n',
    test: HARDENING,
  },
  {
    failure: 'container that changes its own code',
    mechanism: 'its files are read-only',
    file: 'docker-compose.yml',
    cut: '  read_only: true\n',
    paste: '',
    test: HARDENING,
  },
  {
    failure: 'container that is more than its user',
    mechanism: "it has no right of the kernel's, and gets none",
    file: 'docker-compose.yml',
    cut: '  cap_drop: [ALL]\n',
    paste: '',
    test: HARDENING,
  },
  {
    failure: 'port of a container that the network reaches',
    mechanism: 'it is published on loopback',
    file: 'docker-compose.yml',
    cut: "ports: ['127.0.0.1:${IDENTITY_PORT:-4020}:8080']",
    paste: "ports: ['${IDENTITY_PORT:-4020}:8080']",
    test: HARDENING,
  },
  {
    failure: "whoever reaches the containers' Kafka",
    mechanism: 'each door but its own loopback asks who comes',
    file: 'docker-compose.yml',
    cut: 'INSIDE:SASL_PLAINTEXT,',
    paste: 'INSIDE:PLAINTEXT,',
    test: HARDENING,
  },
];
