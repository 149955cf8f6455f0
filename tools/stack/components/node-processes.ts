/**
 * The project's own processes: the services, the console, the payment provider simulator, the mail server.
 */
import path from 'node:path';
import { AUDIENCE } from '@order-saga/contracts/access';
import { CONSOLE, OUTSIDE, type Outside, type ServiceName, SYSTEM } from '@order-saga/contracts/system';
import { secretOf } from '../../identity/src/clients.ts';
import { keptSecrets } from '../../identity/src/keys.ts';
import { serviceEnvironment } from '../environment.ts';
import { wordsOf } from '../stack-error.ts';
import { ROOT } from '../state.ts';
import type { ProcessSpec } from '../supervised.ts';

type Common = {
  log: string;
  port: number;
  /** The checkout whose code it runs; this one, if not said. */
  from?: string | undefined;
};

/** Undefined: it answers well. */
async function answersBadly(url: string, type = ''): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    const isGood = response.ok && (response.headers.get('content-type') ?? '').startsWith(type);
    return isGood ? undefined : `GET ${url} was answered ${response.status} ${body.slice(0, 300)}`;
  } catch (error) {
    return `GET ${url}: ${wordsOf(error as Error)}`;
  }
}

const inherited = (given: NodeJS.ProcessEnv, root: string): NodeJS.ProcessEnv => ({
  ...serviceEnvironment(given),
  NODE_ENV: 'production',
  NODE_COMPILE_CACHE: path.join(root, '.cache/compile'),
});

const SERVICE_HEAP = ['--max-old-space-size=256', '--max-semi-space-size=16', '--heap-growing-percent=300'];
/** Nobody waits for it as for a service: less of its memory lies as garbage (docs/performance.md). */
const CONSOLE_HEAP = ['--max-old-space-size=256', '--max-semi-space-size=4', '--heap-growing-percent=50'];

/**
 * As in infra/docker/Dockerfile, which says why, and docker-compose.yml: a process behaves here as it does in
 * its container, whatever memory the machine has. `STACK_NODE_FLAGS` come behind them, so they win.
 */
export const heapFlagsOf = (name: string): readonly string[] =>
  name === CONSOLE.name ? CONSOLE_HEAP : SERVICE_HEAP;

/**
 * `STACK_NODE_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles"` profiles every process of a stack
 * (docs/performance.md).
 */
const flags = () => (process.env['STACK_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

function nodeProcess(
  name: string,
  instance: number,
  script: string,
  env: NodeJS.ProcessEnv,
  common: Common,
  given: NodeJS.ProcessEnv = process.env,
): ProcessSpec & { url: string } {
  const url = `http://127.0.0.1:${common.port}`;
  const root = common.from ?? ROOT;
  return {
    name,
    instance,
    command: process.execPath,
    args: [...heapFlagsOf(name), ...flags(), path.join(root, script)],
    cwd: root,
    env: { ...inherited(given, root), ...env, HOST: '127.0.0.1', PORT: String(common.port) },
    log: common.log,
    stopSignal: 'SIGTERM',
    ports: [common.port],
    notReady: () => answersBadly(`${url}/health/ready`),
    readyWithinMs: 60_000,
    url,
  };
}

/**
 * Traces go to the console, unless the shell says where to. So few are sampled that they cost no rate; what
 * is placed in the page, or by the demo, is sampled where it begins.
 */
function tracing(to: string | undefined, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isSaid = Object.entries(given).some(([name, value]) => /^OTEL_\w/.test(name) && value?.trim());
  if (to === undefined || isSaid) return {};
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: to,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
    // Somebody looks: the usual five seconds are long.
    OTEL_BSP_SCHEDULE_DELAY: '500',
  };
}

/** @param options.tracesTo the console's address; undefined: there is none */
export function serviceSpec(
  service: ServiceName,
  instance: number,
  options: Common & {
    database: Readonly<Record<string, string>>;
    /** How it reaches Kafka, and as whom: its settings. */
    kafka: Readonly<Record<string, string>>;
    outside: Readonly<Record<Outside, string>>;
    tracesTo?: string | undefined;
    identity: string | undefined;
  },
  given: NodeJS.ProcessEnv = process.env,
): ProcessSpec & { url: string } {
  const env = {
    ...tracing(options.tracesTo, given),
    ...options.database,
    ...options.kafka,
    ...Object.fromEntries(SYSTEM[service].needs.map((need) => [OUTSIDE[need], options.outside[need]])),
    INSTANCE: String(instance),
    ...authSettings(options.identity, given),
    // Nothing stands before a local stack but people, who want it down soon; it is long enough to see that
    // readiness turns first.
    SHUTDOWN_DELAY_MS: given['SHUTDOWN_DELAY_MS']?.trim() || '1000',
  };
  return nodeProcess(service, instance, `services/${service}/src/main.ts`, env, options, given);
}

const listOf = (urls: Readonly<Record<string, string>>) =>
  Object.entries(urls)
    .map(([name, url]) => `${name}=${url}`)
    .join(',');

/** Nobody waits for it longer than for this: orders are accepted without it. */
const CONSOLE_READY_WITHIN_MS = 30_000;

/**
 * @param options.asks what it asks by HTTP: the services and the payment provider's ledger
 * @param options.hasPage false where the page could not be built; its API is there all the same
 */
export function consoleSpec(
  options: Common & {
    database: Readonly<Record<string, string>>;
    kafka: Readonly<Record<string, string>>;
    asks: Readonly<Record<string, string>>;
    links: Readonly<Record<string, string>>;
    hasPage: boolean;
    provider: { url: string; clientsSecret: string } | undefined;
  },
  given: NodeJS.ProcessEnv = process.env,
): ProcessSpec & { url: string } {
  const env = {
    ...options.database,
    ...options.kafka,
    SERVICE_URLS: listOf(options.asks),
    LINKS: listOf(options.links),
    ...(options.provider
      ? {
          AUTH_TOKEN_URL: `${options.provider.url}/token`,
          AUTH_CLIENT_SECRET: secretOf(options.provider.clientsSecret, CONSOLE.name),
          AUTH_AUTHORIZE_URL: `${options.provider.url}/auth`,
          AUTH_SIGN_IN_SECRET: secretOf(options.provider.clientsSecret, `${CONSOLE.name}-sign-in`),
          CONSOLE_DEMO_PEOPLE: 'operator,customer-1,viewer',
        }
      : {}),
    ...authSettings(options.provider?.url, given),
    INSTANCE: '1',
  };
  const spec = nodeProcess(CONSOLE.name, 1, 'console/src/main.ts', env, options, given);
  return {
    ...spec,
    notReady: async () =>
      (await spec.notReady()) ?? (options.hasPage ? answersBadly(`${spec.url}/`, 'text/html') : undefined),
    readyWithinMs: CONSOLE_READY_WITHIN_MS,
  };
}

/** Whether the stack's services ask for tokens. */
export const asksForTokens = (given: NodeJS.ProcessEnv = process.env): boolean =>
  (given['AUTH']?.trim() || 'on') !== 'off';

/** @param issuer undefined: the stack asks for no tokens */
const authSettings = (issuer: string | undefined, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  issuer === undefined
    ? { AUTH: 'off' }
    : {
        AUTH: given['AUTH']?.trim() || 'on',
        AUTH_ISSUER: issuer,
        AUTH_AUDIENCE: AUDIENCE,
        AUTH_JWKS: `${issuer}/jwks`,
      };

/** As browsers on this machine may call it. */
const consoleUrls = (port: number | undefined): string =>
  port === undefined ? '' : ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${port}`).join(',');

/**
 * Its keys are made here if there are none, so that the tools of this stack can make their clients' secrets.
 */
export function identitySpec(
  options: Common & { dataDir: string; consolePort: number | undefined },
): ProcessSpec & { url: string; clientsSecret: string; keysFile: string } {
  const keysFile = path.join(options.dataDir, 'identity', 'keys.json');
  const env = {
    KEYS_FILE: keysFile,
    ISSUER: `http://127.0.0.1:${options.port}`,
    CONSOLE_URLS: consoleUrls(options.consolePort),
  };
  const spec = nodeProcess('identity', 1, 'tools/identity/src/main.ts', env, options);
  return { ...spec, keysFile, clientsSecret: keptSecrets(keysFile).clients };
}

export function simulatorSpec(options: Common & { dataDir: string }): ProcessSpec & { url: string } {
  const env = { LEDGER_FILE: path.join(options.dataDir, 'psp-ledger.jsonl') };
  return nodeProcess('psp', 1, 'tools/psp-simulator/src/main.ts', env, options);
}

export function mailSpec(
  options: Common & { smtpPort: number },
): ProcessSpec & { url: string; smtp: string } {
  const env = { SMTP_PORT: String(options.smtpPort) };
  const spec = nodeProcess('mail', 1, 'tools/mail-sink/main.ts', env, options);
  return {
    ...spec,
    ports: [...spec.ports, options.smtpPort],
    notReady: () => answersBadly(`${spec.url}/mails`),
    smtp: `smtp://127.0.0.1:${options.smtpPort}`,
  };
}
