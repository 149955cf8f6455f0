/** A real Apache Kafka (KRaft, one node), from the jars that infra/kafka/pom.xml names. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { accepts } from '../ports.ts';
import { StackError } from '../stack-error.ts';
import { ROOT } from '../state.ts';
import type { ProcessSpec } from '../supervised.ts';

const run = promisify(execFile);
const POM = path.join(ROOT, 'infra/kafka/pom.xml');

const words = (error: unknown) => {
  const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
  return (`${stdout ?? ''}${stderr ?? ''}`.trim() || message).split('\n').slice(0, 5).join('\n');
};

/** The folder with Kafka's jars, downloaded once per version of the pom. */
export async function kafkaJars(say: (text: string) => void): Promise<string> {
  const version = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = path.join(ROOT, '.cache', `kafka-${version}`);
  if (existsSync(folder)) return folder;
  say('downloading Kafka (54 MB, once)');
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`], { maxBuffer: 1e8 });
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if ((error as { code?: unknown }).code === 'ENOENT')
      throw new StackError('kafka', 'Maven is missing: install it (mvn must be on the PATH)');
    throw new StackError('kafka', `Maven could not fetch the jars: ${words(error)}`);
  }
  // Another stack may have been quicker.
  if (existsSync(folder)) rmSync(partial, { recursive: true });
  else renameSync(partial, folder);
  return folder;
}

async function checkJava(): Promise<void> {
  const { stderr } = await run('java', ['-version']).catch((error) => {
    throw new StackError('kafka', `Java is missing: install a JDK, 17 or newer (java must be on the PATH; ${error.message})`);
  });
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  if (major < 17) throw new StackError('kafka', `needs Java 17 or newer, found: ${stderr.split('\n')[0]}`);
}

const CLUSTER_ID = 'order-saga-embedded-00';

export async function kafkaSpec(options: {
  dataDir: string;
  log: string;
  port: number;
  controllerPort: number;
  /** `c1` starts sooner and costs less at first; `c2` is cheaper once warm. */
  jit: 'c1' | 'c2';
  say: (text: string) => void;
}): Promise<ProcessSpec & { brokers: string[] }> {
  await checkJava();
  const jars = await kafkaJars(options.say);
  const home = path.join(options.dataDir, 'kafka');
  mkdirSync(home, { recursive: true });
  const properties = path.join(home, 'server.properties');
  const logging = path.join(home, 'log4j2.properties');
  writeFileSync(properties, lines(settings(home, options)));
  writeFileSync(logging, LOGGING);

  const classpath = readdirSync(jars)
    .map((jar) => path.join(jars, jar))
    .join(path.delimiter);
  const java = ['-cp', classpath, `-Dlog4j2.configurationFile=${logging}`, '-XX:+UseSerialGC', '-XX:-UsePerfData'];
  if (!existsSync(path.join(home, 'log/meta.properties'))) {
    const format = ['-Xmx128m', '-XX:TieredStopAtLevel=1', ...java, 'kafka.tools.StorageTool', 'format', '--standalone'];
    await run('java', [...format, '-t', CLUSTER_ID, '-c', properties]).catch((error) => {
      throw new StackError('kafka', `the data folder could not be formatted (is the disk full?): ${words(error)}`);
    });
  }
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
      properties,
    ],
    env: { ...process.env },
    log: options.log,
    stopSignal: 'SIGTERM',
    ready: () => accepts(options.port),
    readyWithinMs: 90_000,
    brokers: [`127.0.0.1:${options.port}`],
  };
}

function settings(home: string, { port, controllerPort }: { port: number; controllerPort: number }) {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(home, 'log'),
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
});
