/** The same stack in containers: `docker compose` starts it, and the state file says where everything is, as for the embedded one. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SERVICES } from '@order-saga/contracts/topics';
import { eventually } from '@order-saga/testing/eventually';
import { startTimeOf } from './processes.ts';
import { StackError } from './stack-error.ts';
import { type Component, ROOT, type StackState } from './state.ts';

const run = promisify(execFile);
const FILE = path.join(ROOT, 'docker-compose.yml');
const compose = (...args: string[]) => ['compose', '--file', FILE, ...args];

const URLS: Record<string, string> = {
  order: 'http://127.0.0.1:4001',
  payment: 'http://127.0.0.1:4002',
  inventory: 'http://127.0.0.1:4003',
  notification: 'http://127.0.0.1:4004',
  'saga-orchestrator': 'http://127.0.0.1:4005',
  psp: 'http://127.0.0.1:4010',
  mail: 'http://127.0.0.1:8025',
  jaeger: 'http://127.0.0.1:16686',
};
const BROKERS = ['127.0.0.1:9092'];

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
  if (version === undefined) return 'docker is there, Docker Compose is not: install its plugin, version 2.24 or newer';
  if (Number(/\d+/.exec(version)?.[0]) < 2) return `Docker Compose ${version} is too old: version 2.24 or newer is needed`;
  return ask('info', '--format', '{{.ServerVersion}}').then(
    () => undefined,
    (error: { stderr?: string; message: string }) => (error.stderr?.trim() || error.message).split('\n')[0],
  );
}

/** Builds what has changed, starts everything, and returns when orders can be placed. */
export async function composeUp({ replicas, ephemeral }: ComposeOptions, say: (text: string) => void): Promise<StackState> {
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
      if (!healthy.has(name as string)) say(`${name} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
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
    ({ State, Health, ExitCode }) => State === 'restarting' || Health === 'unhealthy' || (State === 'exited' && ExitCode !== 0),
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
  await run('docker', compose('--profile', '*', 'down', '--remove-orphans', ...(volumes ? ['--volumes'] : [])), { cwd: ROOT });
}

type Listed = { Name: string; Service: string; State: string; Health: string; ExitCode: number };

/** All containers, oldest replica first; those that have ended too. */
function containers(): Listed[] {
  const text = execFileSync('docker', compose('ps', '--all', '--format', 'json'), { cwd: ROOT, encoding: 'utf8' });
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

/** What runs now. Process ids are those on the host, where the host can see them (not in Docker Desktop's machine). */
export async function composeState({ ephemeral = false } = {}): Promise<StackState> {
  const passwordOf = (role: string) =>
    encodeURIComponent(readFileSync(path.join(ROOT, `infra/compose/secrets/${role}-password`), 'utf8').trim());
  const databaseUrl = (role: string, database: string, secret: string) =>
    `postgres://${role}:${passwordOf(secret)}@127.0.0.1:5432/${database}`;
  const databases = Object.fromEntries(
    SERVICES.map((service) => {
      const role = service.replaceAll('-', '_');
      return [service, databaseUrl(role, role, service)];
    }),
  );
  const listed = containers().filter(({ Service }) => Service !== 'topics');
  const pids = await Promise.all(listed.map(({ Name }) => pidOf(Name)));
  const components = listed.map(({ Service: name, Name }, index): Component => {
    const pid = pids[index];
    const startedAt = pid === undefined ? undefined : startTimeOf(pid);
    return {
      name,
      instance: Number(/-(\d+)$/.exec(Name)?.[1] ?? 1),
      ...(pid === undefined || startedAt === undefined ? {} : { pid, startedAt }),
      ...(URLS[name] === undefined ? {} : { url: URLS[name] }),
      ...(name === 'kafka' ? { brokers: BROKERS } : {}),
      ...(name === 'postgres' ? { url: databaseUrl('postgres', 'postgres', 'postgres'), databases } : {}),
      log: `docker logs ${Name}`,
    };
  });
  return { compose: true, ephemeral, components };
}

async function pidOf(container: string): Promise<number | undefined> {
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', container]);
  return Number(stdout) > 0 ? Number(stdout) : undefined;
}

/** `payment`: all its replicas; `payment-2`: the second alone. */
function find(name: string): string[] {
  const all = containers();
  const named = all.filter(({ Service }) => Service === name);
  const found =
    named.length > 0 ? named : all.filter(({ Service, Name }) => Name.endsWith(`-${name}`) && name.startsWith(Service));
  if (found.length === 0) {
    const names = [...new Set(all.map(({ Service }) => Service))].join(', ');
    throw new StackError(name, `there is no component ${name}; there are ${names}`);
  }
  return found.map(({ Name }) => Name);
}

/** A kill by hand is no crash: Docker leaves the container down until it is started. */
export async function composeControl(verb: 'kill' | 'restart', name: string): Promise<string> {
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
