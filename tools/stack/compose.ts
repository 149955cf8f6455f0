/**
 * The same stack in containers: `docker compose` starts it, and the state file says where everything is, as
 * for the embedded one.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CONSOLE, DATABASE_OWNERS, SERVICES, SYSTEM } from '@order-saga/contracts/system';
import { eventually } from '@sagakit/testing/eventually';
import { makeFolder } from '../set-up/folders.mjs';
import { KAFKA_ADMIN, KAFKA_USERS, kafkaPasswordFile } from '../system/kafka-users.ts';
import { startTimeOf } from './processes.ts';
import { END_CONNECTIONS, kafkaUserNamed, roleNamed, SHOW_OUT } from './rotate.ts';
import { newSecret } from './secrets.ts';
import { StackError } from './stack-error.ts';
import { type Component, ROOT, stackDir, type StackState } from './state.ts';

const run = promisify(execFile);
/** As in a shell that stands in ROOT: of docker-compose.yml, or of what COMPOSE_FILE names. */
const compose = (...args: string[]) => ['compose', ...args];

/** Which container publishes a component's port. The gateway publishes those of all services. */
type Door = { container: string; port: number; scheme: 'http' | 'kafka' | 'postgres' };
const DOORS: Record<string, Door> = {
  ...Object.fromEntries(
    SERVICES.map((service): [string, Door] => [
      service,
      { container: 'gateway', port: SYSTEM[service].port, scheme: 'http' },
    ]),
  ),
  gateway: { container: 'gateway', port: 8080, scheme: 'http' },
  [CONSOLE.name]: { container: CONSOLE.name, port: 8080, scheme: 'http' },
  psp: { container: 'psp', port: 8080, scheme: 'http' },
  identity: { container: 'identity', port: 8080, scheme: 'http' },
  mail: { container: 'mail', port: 8025, scheme: 'http' },
  jaeger: { container: 'jaeger', port: 16686, scheme: 'http' },
  kafka: { container: 'kafka', port: 29092, scheme: 'kafka' },
  postgres: { container: 'postgres', port: 5432, scheme: 'postgres' },
};

/** Jobs: they end before the services begin. */
const JOBS = [
  'certificates',
  'topics',
  'kafka-users',
  'databases',
  'ready',
  ...SERVICES.map((service) => `${service}-migrations`),
];

export type ComposeOptions = {
  replicas: number;
  /** Its volumes go when it is taken down. */
  ephemeral: boolean;
};

/** Undefined: an engine with Compose v2 answers; else why not, in one line. */
export async function composeIsMissing(): Promise<string | undefined> {
  const ask = (...args: string[]) => run('docker', args).then(({ stdout }) => stdout.trim());
  try {
    await ask('--version');
  } catch {
    return 'docker is not installed';
  }
  const version = await ask('compose', 'version', '--short').catch(() => undefined);
  if (version === undefined)
    return 'docker is there, Docker Compose is not: install its plugin, version 2.24 or newer';
  if (Number(/\d+/.exec(version)?.[0]) < 2)
    return `Docker Compose ${version} is too old: version 2.24 or newer is needed`;
  return ask('info', '--format', '{{.ServerVersion}}').then(
    () => undefined,
    (error: { stderr?: string; message: string }) => (error.stderr?.trim() || error.message).split('\n')[0],
  );
}

/** Builds what has changed, starts everything, and returns when orders can be placed. */
export async function composeUp(
  { replicas, ephemeral }: ComposeOptions,
  say: (text: string) => void,
): Promise<StackState> {
  const missing = await composeIsMissing();
  if (missing) throw new StackError('docker', missing);
  say('building images and starting containers (the first time takes minutes)');
  const scale = replicas > 1 ? SERVICES.flatMap((service) => ['--scale', `${service}=${replicas}`]) : [];
  const began = Date.now();
  const fresh = containers().length === 0;
  const child = spawn('docker', compose('up', '--build', '--detach', '--wait', ...scale), {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const healthy = new Set<string>();
  const listen = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
    for (const [, name] of chunk.toString().matchAll(/Container (\S+) +Healthy/g)) {
      if (!healthy.has(name as string))
        say(`${name} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      healthy.add(name as string);
    }
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) {
    const why = `failed:\n${output.trim().split('\n').slice(-15).join('\n')}${await endsOfLogs()}`;
    // What stood here before is left as it was.
    if (fresh) await composeDown({ volumes: ephemeral });
    throw new StackError('docker compose up', why);
  }
  return composeState({ ephemeral });
}

/** What the containers that are not well said last. */
async function endsOfLogs(): Promise<string> {
  const ill = containers().filter(
    ({ State, Health, ExitCode }) =>
      State === 'restarting' || /unhealthy|starting/.test(Health) || (State === 'exited' && ExitCode !== 0),
  );
  const ends = await Promise.all(
    ill.map(async ({ Name }) => {
      const { stdout, stderr } = await run('docker', ['logs', '--tail', '40', Name]);
      return `\nThe end of docker logs ${Name}:\n${`${stdout}${stderr}`.trimEnd().replaceAll(/^/gm, '  ')}`;
    }),
  );
  return ends.join('');
}

export async function composeDown({ volumes }: { volumes: boolean }): Promise<void> {
  await run(
    'docker',
    compose('--profile', '*', 'down', '--remove-orphans', ...(volumes ? ['--volumes'] : [])),
    { cwd: ROOT },
  );
}

type Listed = { Name: string; Service: string; State: string; Health: string; ExitCode: number };

/** All containers, oldest replica first; those that have ended too. */
function containers(): Listed[] {
  const text = execFileSync('docker', compose('ps', '--all', '--format', 'json'), {
    cwd: ROOT,
    encoding: 'utf8',
    // What Docker says of a machine without it is nobody's concern here.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const listed = text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Listed);
  return listed.sort((a, b) => a.Name.localeCompare(b.Name, undefined, { numeric: true }));
}

export function composeRuns(): boolean {
  try {
    return containers().some(({ State }) => State === 'running');
  } catch {
    return false; // no docker: then no containers of ours either
  }
}

/**
 * What runs now. Process ids are those on the host, where the host can see them (not in Docker Desktop's
 * machine).
 */
export async function composeState({
  ephemeral = false,
  components: before = [],
}: Partial<StackState> = {}): Promise<StackState> {
  const listed = containers().filter(({ Service }) => !JOBS.includes(Service));
  const seen = await Promise.all(
    listed.map(async (container) => ({ ...container, ...(await look(container.Name)) })),
  );
  const doorOf = (name: string): string | undefined => {
    const door = DOORS[name];
    const port = seen.find(({ Service }) => Service === door?.container)?.ports.get(door?.port ?? 0);
    return port === undefined ? undefined : `127.0.0.1:${port}`;
  };
  const caFile = await authorityOf(seen);
  const known = before.find(({ name }) => name === 'identity');
  const tokens = seen.some(({ isOpen }) => isOpen) ? {} : await tokensFrom(seen, known);
  const components = seen.map(({ Service: name, Name, pid, startedAt }): Component => {
    const door = doorOf(name);
    const { scheme } = DOORS[name] ?? {};
    return {
      name,
      instance: Number(/-(\d+)$/.exec(Name)?.[1] ?? 1),
      ...(pid === undefined || startedAt === undefined ? {} : { pid, startedAt }),
      ...(door && scheme === 'http' ? { url: `http://${door}` } : {}),
      ...(door && scheme === 'kafka' ? kafkaAt(door, caFile) : {}),
      ...(door && scheme === 'postgres' ? databasesAt(door, caFile) : {}),
      ...(name === 'identity' ? tokens : {}),
      log: `docker logs ${Name}`,
    };
  });
  return { compose: true, ephemeral, components };
}

const TLS = '/run/tls';

/**
 * The certificate of who vouches for Kafka and PostgreSQL where they speak TLS (infra/compose/tls.yml), in a
 * file beside the state's. Undefined: they do not.
 */
async function authorityOf(
  seen: readonly { Service: string; Name: string; mounts: readonly string[] }[],
): Promise<string | undefined> {
  const kafka = seen.find(({ Service, mounts }) => Service === 'kafka' && mounts.includes(TLS));
  if (!kafka) return undefined;
  makeFolder(stackDir());
  const file = path.join(stackDir(), 'ca.crt');
  await run('docker', ['cp', `${kafka.Name}:${TLS}/ca.crt`, file]);
  return file;
}

/**
 * What the secrets of its clients are made of, asked of the provider's own container; of one that is down it
 * is what was known before.
 */
async function tokensFrom(
  seen: readonly Listed[],
  known: Pick<Component, 'clientsSecret'> | undefined,
): Promise<Pick<Component, 'clientsSecret'>> {
  const container = seen.find(({ Service, State }) => Service === 'identity' && State === 'running');
  const read =
    container && (await run('docker', ['exec', container.Name, 'cat', '/data/keys.json']).catch(() => {}));
  if (read) return { clientsSecret: (JSON.parse(read.stdout) as { clients: string }).clients };
  return known?.clientsSecret === undefined ? {} : { clientsSecret: known.clientsSecret };
}

/** The provider signs with another key from its next start on. */
export async function composeNewKey(): Promise<void> {
  await run('docker', compose('exec', '-T', 'identity', 'node', 'src/main.ts', 'new-key'), { cwd: ROOT });
}

function kafkaAt(
  door: string,
  caFile: string | undefined,
): Pick<Component, 'brokers' | 'sasl' | 'users' | 'caFile'> {
  const password = (user: string) => readFileSync(path.join(ROOT, kafkaPasswordFile(user)), 'utf8').trim();
  return {
    brokers: [door],
    sasl: { mechanism: 'scram-sha-512', username: KAFKA_ADMIN, password: password(KAFKA_ADMIN) },
    users: Object.fromEntries(KAFKA_USERS.map((user) => [user, password(user)])),
    ...(caFile ? { caFile } : {}),
  };
}

function databasesAt(
  door: string,
  caFile: string | undefined,
): { url: string; databases: Record<string, string> } {
  const tls = caFile ? `?${new URLSearchParams({ sslmode: 'verify-full', sslrootcert: caFile })}` : '';
  const url = (role: string, secret: string) => {
    const password = readFileSync(path.join(ROOT, `infra/compose/secrets/${secret}-password`), 'utf8').trim();
    return `postgres://${role}:${encodeURIComponent(password)}@${door}/${role}${tls}`;
  };
  const databases = Object.fromEntries(
    DATABASE_OWNERS.map((owner) => [owner, url(owner.replaceAll('-', '_'), owner)]),
  );
  return { url: url('postgres', 'postgres'), databases };
}

/**
 * Its process, and which port of this machine leads to which of its own: said when it was made, so it is
 * known while it is down.
 */
async function look(container: string): Promise<{
  pid?: number;
  startedAt?: string | undefined;
  ports: Map<number, number>;
  mounts: string[];
  isOpen: boolean;
}> {
  const fields = {
    pid: '.State.Pid',
    bindings: '.HostConfig.PortBindings',
    env: '.Config.Env',
    mounts: '.Mounts',
  };
  const format = `{${Object.entries(fields)
    .map(([name, field]) => `"${name}":{{json ${field}}}`)
    .join(',')}}`;
  const { stdout } = await run('docker', ['inspect', '--format', format, container]);
  const { pid, bindings, env, mounts } = JSON.parse(stdout) as {
    pid: number;
    env: string[];
    mounts: { Destination: string }[];
    bindings: Record<string, { HostPort: string }[]> | null;
  };
  const ports = Object.entries(bindings ?? {}).map(
    ([own, [first]]) => [parseInt(own, 10), Number(first?.HostPort)] as const,
  );
  const isOpen = env.includes('AUTH=off');
  return {
    ...(pid > 0 ? { pid, startedAt: startTimeOf(pid) } : {}),
    ports: new Map(ports),
    mounts: mounts.map(({ Destination }) => Destination),
    isOpen,
  };
}

/** `payment`: all its replicas; `payment-2`: the second alone. */
function find(name: string): string[] {
  const all = containers();
  const named = all.filter(({ Service }) => Service === name);
  const found =
    named.length > 0
      ? named
      : all.filter(({ Service, Name }) => Name.endsWith(`-${name}`) && name.startsWith(Service));
  if (found.length === 0) {
    const names = [...new Set(all.map(({ Service }) => Service))].join(', ');
    throw new StackError(name, `there is no component ${name}; there are ${names}`);
  }
  return found.map(({ Name }) => Name);
}

/** A kill by hand is no crash: Docker leaves the container down until it is started. */
export async function composeControl(verb: 'kill' | 'restart' | 'rotate', name: string): Promise<string> {
  if (verb === 'rotate') return rotate(name);
  const names = find(name);
  await Promise.all(
    names.map(async (container) => {
      if (verb === 'kill') return run('docker', ['kill', container]);
      await run('docker', ['stop', container]);
      await run('docker', ['start', container]);
      await eventually(`${container} is healthy`, () => isUp(container), { withinMs: 90_000, everyMs: 200 });
    }),
  );
  return `${verb} ${name}: done`;
}

/**
 * A new value for the file that the job `databases` reads, which sets it and hands it to the service; who
 * came in with the old one is shown out. An owner has a new password after each run of that job anyway.
 */
async function rotate(name: string): Promise<string> {
  const user = kafkaUserNamed(name);
  if (user) {
    writeFileSync(path.join(ROOT, kafkaPasswordFile(user)), `${newSecret()}\n`);
    await run('docker', compose('run', '--rm', '--no-deps', 'kafka-users'), { cwd: ROOT });
    return `${name} has a new password. ${SHOW_OUT}`;
  }
  const role = roleNamed(name);
  const file = path.join(ROOT, 'infra/compose/secrets', `${name}-password`);
  if (existsSync(file)) writeFileSync(file, `${newSecret()}\n`);
  await run('docker', compose('run', '--rm', '--no-deps', 'databases'), { cwd: ROOT });
  const shownOut = END_CONNECTIONS.replace('$1', `'${role}'`);
  const psql = ['psql', '--username', 'postgres', '--command', shownOut];
  await run('docker', compose('exec', '-T', 'postgres', ...psql), { cwd: ROOT });
  return `${name} has a new password`;
}

async function isUp(container: string): Promise<boolean> {
  const format = '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}';
  const { stdout } = await run('docker', ['inspect', '--format', format, container]);
  return stdout.trim() === 'running healthy';
}

export async function followComposeLogs(name: string): Promise<void> {
  const [first] = find(name);
  const child = spawn('docker', ['logs', '--tail', '50', '--follow', first as string], { stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
}
