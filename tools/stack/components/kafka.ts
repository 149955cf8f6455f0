/** A real Apache Kafka (KRaft, one node), from the jars that infra/kafka/pom.xml names. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../set-up/children.mjs';
import { javaEnvironment } from '../environment.ts';
import { whyItFailed } from '../failure.ts';
import { refuses } from '../ports.ts';
import { StackError } from '../stack-error.ts';
import { type Credentials, credentialsIn, SUPER_USERS } from './kafka-users.ts';
import { ROOT } from '../state.ts';
import type { ProcessSpec } from '../supervised.ts';

const POM = path.join(ROOT, 'infra/kafka/pom.xml');

/** The folder with Kafka's jars, downloaded once per version of the pom. */
export async function kafkaJars(say: (text: string) => void): Promise<string> {
  const version = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = path.join(ROOT, '.cache', `kafka-${version}`);
  if (existsSync(folder)) return folder;
  say('downloading Kafka (54 MB, once)');
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  // With a UTF-8 locale, or Java would write to another folder than the one that is named. Proxies and
  // Maven's own settings stay.
  const { code, output, error } = await run(
    'mvn',
    ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
    { env: { ...process.env, LC_ALL: 'C.UTF-8' } },
  );
  if (code !== 0) {
    rmSync(partial, { recursive: true, force: true });
    if (error)
      throw new StackError(
        'kafka',
        `Maven is missing: install it (mvn must be on the PATH; ${error.message})`,
      );
    throw new StackError('kafka', `Maven could not fetch the jars; ${whyItFailed(output, folder)}`);
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another stack may have been quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function checkJava(env: NodeJS.ProcessEnv): Promise<void> {
  const { code, output, error } = await run('java', ['-version'], { env });
  if (error || code !== 0) {
    const why = error?.message ?? output.trim();
    throw new StackError(
      'kafka',
      `Java is missing: install a JDK, 17 or newer (java must be on the PATH; ${why})`,
    );
  }
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (major < 17) throw new StackError('kafka', `needs Java 17 or newer, found: ${output.split('\n')[0]}`);
}

const CLUSTER_ID = 'order-saga-embedded-00';

export async function kafkaSpec(options: {
  dataDir: string;
  log: string;
  port: number;
  controllerPort: number;
  /** `c1` starts sooner and costs less at first; `c2` is cheaper once warm. */
  jit: 'c1' | 'c2';
  /** A second door, with TLS. `certificate`: a file with the key and the certificate, in PEM. */
  tls?: { port: number; certificate: string } | undefined;
  say: (text: string) => void;
}): Promise<ProcessSpec & { brokers: string[]; credentials: Credentials }> {
  const env = javaEnvironment(process.env);
  await checkJava(env);
  const jars = await kafkaJars(options.say);
  const home = path.join(options.dataDir, 'kafka');
  mkdirSync(home, { recursive: true });
  // Kafka runs in its folder and is told relative paths only: in its lists a comma or a colon of the clone's
  // path would divide it, in its files and addresses an umlaut or a percent sign would be read as something
  // else.
  link(jars, path.join(home, 'jars'));
  const credentials = credentialsIn(path.join(home, 'passwords'));
  const told = { ...options, password: credentials.passwordOf('broker') };
  secretFile(path.join(home, 'server.properties'), lines(settings('log', told)));
  writeFileSync(path.join(home, 'log4j2.properties'), LOGGING);
  const java = [
    '-cp',
    'jars/*',
    '-Dlog4j2.configurationFile=log4j2.properties',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
  ];
  if (!existsSync(path.join(home, 'log/meta.properties'))) await format(home, java, env, told);
  return {
    name: 'kafka',
    instance: 1,
    command: 'java',
    args: [
      '-Xms256m',
      '-Xmx256m',
      ...(options.jit === 'c1' ? ['-XX:TieredStopAtLevel=1'] : []),
      ...java,
      'kafka.Kafka',
      'server.properties',
    ],
    cwd: home,
    env,
    log: options.log,
    stopSignal: 'SIGTERM',
    ports: [options.port, options.controllerPort, ...(options.tls ? [options.tls.port] : [])],
    notReady: async () => {
      const why = await refuses(options.port);
      return why && `a connection to 127.0.0.1:${options.port}: ${why}`;
    },
    readyWithinMs: 90_000,
    brokers: [`127.0.0.1:${options.port}`],
    credentials,
  };
}

/** Beside its place, and moved there when it is whole: an interrupted start leaves nothing half made. */
async function format(home: string, java: string[], env: NodeJS.ProcessEnv, told: Told): Promise<void> {
  const fresh = path.join(home, 'log.new');
  for (const folder of [fresh, path.join(home, 'log')]) rmSync(folder, { recursive: true, force: true });
  secretFile(path.join(home, 'format.properties'), lines(settings('log.new', told)));
  const cheap = ['-Xmx128m', '-XX:TieredStopAtLevel=1', ...java];
  const { code, output, error } = await run(
    'java',
    [
      ...cheap,
      'kafka.tools.StorageTool',
      'format',
      '--standalone',
      '-t',
      CLUSTER_ID,
      '-c',
      'format.properties',
    ],
    { cwd: home, env },
  );
  if (code !== 0)
    throw new StackError(
      'kafka',
      `the data folder could not be formatted; ${whyItFailed(error?.message ?? output, home)}`,
    );
  renameSync(fresh, path.join(home, 'log'));
}

function link(target: string, place: string): void {
  rmSync(place, { force: true, recursive: true });
  symlinkSync(target, place, 'junction');
}

type Tls = { port: number; certificate: string };
type Told = { port: number; controllerPort: number; password: string; tls?: Tls | undefined };

/** For its owner alone, also where one of an earlier release lies. */
function secretFile(file: string, text: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
}

const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

/** The broker knows by itself who may do everything; the other users are in its data (kafka-users.ts). */
function whoMay(password: string) {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const broker = `${plain} required username="broker" password="${password}" user_broker="${password}";`;
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': SUPER_USERS.map((user) => `User:${user}`).join(';'),
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': broker,
    'listener.name.clients.sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': broker,
    'listener.name.clients.scram-sha-512.sasl.jaas.config': SCRAM,
  };
}

const withTls = ({ certificate }: Tls) => ({
  'listener.name.tls.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.tls.scram-sha-512.sasl.jaas.config': SCRAM,
  'listener.name.tls.ssl.keystore.type': 'PEM',
  'listener.name.tls.ssl.keystore.location': certificate,
});

function settings(logFolder: string, { port, controllerPort, password, tls }: Told) {
  const door = tls ? `,TLS://127.0.0.1:${tls.port}` : '';
  const listeners = `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${door}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'listener.security.protocol.map': 'CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,TLS:SASL_SSL',
    ...whoMay(password),
    ...(tls ? withTls(tls) : {}),
    'log.dirs': logFolder,
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 5,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 5,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Kafka 4 refuses timestamps an hour ahead of its own clock; it stamps the records itself.
    'log.message.timestamp.type': 'LogAppendTime',
    'num.network.threads': 2,
    'num.io.threads': 2,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    // Twice a second a record that says nothing, for controllers that follow; here none does.
    'metadata.max.idle.interval.ms': 0,
  };
}

const lines = (entries: Record<string, unknown>) =>
  Object.entries(entries)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const LOGGING = lines({
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d %p %m (%c)%n',
  'rootLogger.level': 'warn',
  'rootLogger.appenderRef.out.ref': 'out',
  // Whoever is refused something is named in the log.
  'logger.refused.name': 'kafka.authorizer.logger',
  'logger.refused.level': 'info',
});
