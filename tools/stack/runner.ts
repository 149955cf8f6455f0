/**
 * The process that owns a stack: starts every component, watches them, keeps `state.json`, and does what
 * `stack kill`, `restart` and `down` ask of it over loopback HTTP. Started by launch.ts, which hears of its
 * progress over IPC.
 */
import { mkdirSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { CONSOLE, type Outside, SERVICES } from '@order-saga/contracts/system';
import { withTimeout } from '@sagakit/resilience/timeout';
import { endAll } from '../set-up/children.mjs';
import type { Claimed } from '../set-up/claim.mjs';
import { busyWords, claimToStart } from './claims.ts';
import { builtPage } from './components/console-page.ts';
import { listenForControl } from './control-server.ts';
import { kafkaSpec } from './components/kafka.ts';
import { kafkaSettings, type Locked, lockedState, setUpKafka } from './components/kafka-users.ts';
import {
  asksForTokens,
  identitySpec,
  consoleSpec,
  mailSpec,
  serviceSpec,
  simulatorSpec,
} from './components/node-processes.ts';
import { makeDatabases, postgresSpec, type Server } from './components/postgres.ts';
import { untilOrdersAreAccepted } from './orders-accepted.ts';
import { whyNotStarted } from './error-words.ts';
import { endLeftovers, marked } from './leftovers.ts';
import { type Optional, planPorts } from './plan.ts';
import { isAlive, startTimeOf } from './processes.ts';
import { letGo } from './ports.ts';
import { rotate } from './rotate.ts';
import { newSecret } from './secrets.ts';
import { StackError } from './stack-error.ts';
import { type Component, ROOT, removeState, type StackState, stackDir, writeState } from './state.ts';
import { type ProcessSpec, type Supervised, supervise } from './supervised.ts';

export type UpOptions = {
  ephemeral: boolean;
  replicas: number;
  jit: 'c1' | 'c2';
  /** In containers, by Docker Compose. */
  compose?: boolean;
  /** Kafka and PostgreSQL alone, for tests that bring their own services. */
  infrastructureOnly?: boolean;
  /** Left out on request: no order needs it. */
  without?: readonly Optional[];
  /** For the time of the process that asks for it, and no longer: also when that is killed. */
  forCaller?: boolean;
  /** For the time of this process, likewise: for who does not call it directly. */
  whileAlive?: { pid: number; startedAt: string };
  /** The checkout whose services run; this one, if not said. All else is this one's. */
  from?: string;
};
/** `refused`: somebody else is at work in the folder, and nothing was touched. */
export type Progress = { say: string } | { ready: true } | { failed: string } | { refused: string };

const options = JSON.parse(process.argv[2] ?? '{}') as UpOptions;
const dir = stackDir();
const dataDir = path.join(dir, options.ephemeral ? 'data-ephemeral' : 'data');
const logOf = (name: string, instance: number) => path.join(dir, 'logs', `${name}-${instance}.log`);
/** Resolves once it is on its way. */
const tell = (progress: Progress) =>
  new Promise<void>((resolve) => {
    if (process.connected && process.send) process.send(progress, undefined, undefined, () => resolve());
    else resolve();
  });
const say = (text: string) => void tell({ say: text });

type Managed = {
  process: Supervised;
  /** What else is to be known of it, as it is now. */
  extra: () => Partial<Component>;
  /** The same with the code of another checkout; services alone. */
  from?: ((checkout: string) => ProcessSpec) | undefined;
};
const managed: Managed[] = [];
let control = '';
/** Who has it may tell this process what to do. */
const secret = newSecret();
let server: Server | undefined;
let locked: Locked | undefined;
/** The folder is ours. */
let claimed: Claimed | undefined;
let starting: Promise<void> | undefined;
let isUp = false;
let ending: Promise<void> | undefined;
/** Aborted when it ends: what is under way for the start gives up. */
const stopping = new AbortController();

const GIVES_UP_WITHIN_MS = 5_000;
const NOTED_AGAIN_AFTER_MS = 1_000;
let noteAgain: NodeJS.Timeout | undefined;

/**
 * What runs does not depend on its being written down: on a full disk it is tried again until there is space.
 */
function publish(): void {
  if (ending) return;
  clearTimeout(noteAgain);
  try {
    writeState(dir, stateNow());
  } catch {
    noteAgain = setTimeout(publish, NOTED_AGAIN_AFTER_MS).unref();
  }
}

function stateNow(): StackState {
  const components = managed.map(({ process: { spec, pid, startedAt }, extra }): Component => {
    const shown = path.relative(ROOT, spec.log);
    const [own, started] = [pid(), startedAt()];
    return {
      name: spec.name,
      instance: spec.instance,
      ...(own === undefined ? {} : { pid: own }),
      ...(started === undefined ? {} : { startedAt: started }),
      log: shown.startsWith('..') ? spec.log : shown,
      ...extra(),
    };
  });
  return {
    runner: { pid: process.pid, startedAt: startTimeOf(process.pid) ?? '', control, secret },
    ephemeral: options.ephemeral,
    components,
  };
}

const supervised = (spec: ProcessSpec): Supervised =>
  supervise({ ...spec, env: { ...spec.env, ...marked(dir) } }, publish);

function add(spec: ProcessSpec, extra: Managed['extra'], from?: Managed['from']): Supervised {
  stopping.signal.throwIfAborted();
  const own = supervised(spec);
  managed.push({ process: own, extra, from });
  return own;
}

async function timed(name: string, work: Promise<void>): Promise<void> {
  const began = Date.now();
  await work;
  say(`${name} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

async function up(): Promise<void> {
  truncateSync(path.join(dir, 'runner.log'));
  if (await endLeftovers(dir)) say('a stack was left behind here; it is cleaned up');
  mkdirSync(dataDir, { recursive: true });
  rmSync(path.join(dir, 'logs'), { recursive: true, force: true });
  mkdirSync(path.join(dir, 'logs'), { recursive: true });
  control = (await listenForControl(secret, obey, () => process.exit(0))).url;
  const ports = await planPorts(options);

  say('starting PostgreSQL and Kafka');
  const postgres = await postgresSpec({
    dataDir,
    log: logOf('postgres', 1),
    port: ports.postgres,
    maxConnections: 50 + SERVICES.length * 20 * options.replicas,
  });
  const kafka = await kafkaSpec({
    dataDir,
    log: logOf('kafka', 1),
    port: ports.kafka,
    controllerPort: ports.kafkaController,
    jit: options.jit,
    say,
  });
  const infrastructure = () => [
    timed('PostgreSQL', startPostgres(postgres)),
    timed(
      'Kafka',
      add(kafka, () => lockedState(kafka))
        .start()
        .then(() => setUpKafka(kafka))
        .then(() => void (locked = kafka)),
    ),
  ];
  if (options.infrastructureOnly) return void (await Promise.all(infrastructure()));

  // Beside all that follows.
  const page =
    ports.console === undefined ? undefined : { port: ports.console, built: builtPage(say, stopping.signal) };
  const { mail, psp, identity, start } = outsideOf(ports);
  await Promise.all([...infrastructure(), ...start()]);

  const services = await startServices(ports.services, {
    kafka,
    databaseOf: postgres.settingsOf,
    outside: { psp: psp.url, smtp: mail.smtp },
    tracesTo: page && `http://127.0.0.1:${page.port}`,
    identity: identity?.url,
  });
  if (page)
    await startConsole({
      log: logOf(CONSOLE.name, 1),
      port: page.port,
      kafka: kafkaSettings(CONSOLE.name, kafka),
      database: postgres.settingsOf(CONSOLE.name),
      asks: { ...services, psp: psp.url },
      links: { mail: mail.url, psp: `${psp.url}/ledger` },
      hasPage: await page.built,
      provider: identity,
    });
}

async function startPostgres(spec: ProcessSpec & Server): Promise<void> {
  server = spec;
  await add(spec, () => ({ url: spec.url(), databases: spec.databases() })).start();
  await makeDatabases(spec);
}

/**
 * After the services, and nothing depends on it: one that does not come up is said, and tried again by its
 * supervisor.
 */
async function startConsole(given: Parameters<typeof consoleSpec>[0]): Promise<void> {
  const spec = consoleSpec(given);
  const began = Date.now();
  try {
    await add(spec, () => ({ url: spec.url })).start();
    say(`the console is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    if (stopping.signal.aborted) throw error;
    console.error(error);
    say(`the console is not ready, orders are accepted all the same: npm run stack -- logs ${CONSOLE.name}`);
  }
}

/** What the services call, and who makes their callers' tokens, if they ask for any. */
function outsideOf(ports: Awaited<ReturnType<typeof planPorts>>) {
  const mail = mailSpec({ log: logOf('mail', 1), port: ports.mail, smtpPort: ports.smtp });
  const psp = simulatorSpec({ log: logOf('psp', 1), port: ports.psp, dataDir });
  const identity = asksForTokens()
    ? identitySpec({
        log: logOf('identity', 1),
        port: ports.identity,
        dataDir,
        consolePort: ports.console,
      })
    : undefined;
  const startIdentity = ({ url, clientsSecret, keysFile, ...spec }: NonNullable<typeof identity>) =>
    timed('identity provider', add(spec, () => ({ url, clientsSecret, keysFile })).start());
  const start = () => [
    timed('payment provider simulator', add(psp, () => ({ url: psp.url })).start()),
    timed('mail server', add(mail, () => ({ url: mail.url, smtp: mail.smtp })).start()),
    ...(identity ? [startIdentity(identity)] : []),
  ];
  return { mail, psp, identity, start };
}

async function startServices(
  ports: Awaited<ReturnType<typeof planPorts>>['services'],
  {
    kafka,
    databaseOf,
    outside,
    tracesTo,
    identity,
  }: {
    kafka: Locked;
    databaseOf: Server['settingsOf'];
    outside: Readonly<Record<Outside, string>>;
    tracesTo: string | undefined;
    identity: string | undefined;
  },
): Promise<Record<string, string>> {
  const { replicas } = options;
  const began = Date.now();
  say(`starting ${SERVICES.length} services${replicas > 1 ? `, ${replicas} replicas of each` : ''}`);
  const replicasOf = SERVICES.flatMap((service) =>
    ports[service].map((port, replica) => (from?: string) => {
      const log = logOf(service, replica + 1);
      const database = databaseOf(service, from);
      const atKafka = kafkaSettings(service, kafka);
      const given = { log, port, kafka: atKafka, database, outside, tracesTo, identity, from };
      return serviceSpec(service, replica + 1, given);
    }),
  );
  const specs = replicasOf.map((specFrom) => specFrom(options.from));
  await Promise.all(
    specs.map((spec, index) =>
      add(spec, () => ({ url: spec.url, ...runsFrom(options.from) }), replicasOf[index]).start(),
    ),
  );
  const urlOf = (name: string) => specs.find((spec) => spec.name === name)?.url as string;
  await untilOrdersAreAccepted(
    { services: specs.map(({ url }) => url), order: urlOf('order'), inventory: urlOf('inventory') },
    { withinMs: 60_000, signal: stopping.signal },
  );
  say(`the services are ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return Object.fromEntries(SERVICES.map((service) => [service, urlOf(service)]));
}

/** Services first, then what they stand on. */
function down(): Promise<void> {
  claimed?.become('stopping');
  endAll();
  stopping.abort(new StackError('stack', 'it was told to end while it was starting'));
  ending ??= (async () => {
    const layer = (names: readonly string[]) =>
      managed.filter(({ process: { spec } }) => names.includes(spec.name));
    for (const names of [
      [...SERVICES, CONSOLE.name],
      ['psp', 'mail', 'identity'],
      ['kafka', 'postgres'],
    ]) {
      await Promise.all(layer(names).map(({ process: own }) => own.stop()));
    }
    // What it runs by itself (initdb, Maven) has ended with `stopping`; what else it waits for need not be
    // waited for.
    await withTimeout(
      starting?.catch(() => {}),
      GIVES_UP_WITHIN_MS,
    );
    if (options.ephemeral) rmSync(dataDir, { recursive: true, force: true });
    removeState(dir);
    claimed?.release();
  })();
  return ending;
}

/** `payment`: all its replicas; `payment-2`: the second alone. */
function find(name: string): Managed[] {
  const byName = managed.filter(({ process: { spec } }) => spec.name === name);
  if (byName.length > 0) return byName;
  return managed.filter(({ process: { spec } }) => `${spec.name}-${spec.instance}` === name);
}

const runsFrom = (checkout: string | undefined): Partial<Component> =>
  checkout === undefined || checkout === ROOT ? {} : { from: checkout };

/** @param checkout whose code it runs from now on; the same as before, if not said */
async function restart(target: Managed, checkout: string | null): Promise<void> {
  if (checkout !== null && !target.from)
    throw new Error('is no service: it runs with the code of this checkout');
  await target.process.stop();
  if (checkout !== null && target.from) {
    target.process = supervised(target.from(checkout));
    const { from: _before, ...extra } = target.extra();
    target.extra = () => ({ ...extra, ...runsFrom(checkout) });
  }
  await target.process.start();
}

async function obey(
  verb: string,
  name: string,
  checkout: string | null,
): Promise<{ status: number; text: string }> {
  if (verb === 'down') {
    if (ending) return { status: 409, text: busyWords(dir, { what: 'stopping', pid: process.pid }) };
    await down();
    return { status: 200, text: 'down' };
  }
  if (verb === 'rotate') return rotate({ server, kafka: locked }, name).finally(publish);
  const targets = find(name);
  if (targets.length === 0) {
    const names = [...new Set(managed.map(({ process: { spec } }) => spec.name))].join(', ');
    return { status: 404, text: `there is no component ${name}; there are ${names}` };
  }
  try {
    if (verb === 'kill') await Promise.all(targets.map((target) => target.process.kill()));
    else if (verb === 'restart') await Promise.all(targets.map((target) => restart(target, checkout)));
    else return { status: 400, text: `${verb} is not something that the runner does` };
    return { status: 200, text: `${verb} ${name}: done` };
  } catch (error) {
    return { status: 500, text: (error as Error).message };
  }
}

// A runner that is told to end takes its stack with it. A Ctrl-C reaches the typed command only (the runner
// is detached).
const downAndEnd = () => void (claimed ? down() : Promise.resolve()).finally(() => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, downAndEnd);
// The system closes the caller's end of the channel, however the caller ended. Once the stack is up, the
// caller may end before it.
process.on('disconnect', () => (options.forCaller || !isUp) && downAndEnd());
const { whileAlive } = options;
if (whileAlive) setInterval(() => isAlive(whileAlive) || downAndEnd(), 1_000).unref();
// Nothing that supervises dies of its own note: its log may lie on a full disk.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  const got = await claimToStart(dir, say);
  if ('holder' in got) {
    await tell({ refused: busyWords(dir, got.holder) });
    process.exit(1);
  }
  claimed = got.claimed;
  starting = up();
  await starting.finally(letGo);
  claimed.become('running');
  isUp = true;
  await tell({ ready: true });
} catch (error) {
  await tell({ failed: whyNotStarted(error as Error, dir) });
  if (claimed) await down();
  process.exit(1);
}
if (process.connected && !options.forCaller) process.disconnect();
