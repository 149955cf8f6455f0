/**
 * What is running in a stack's folder: `state.json`, replaced atomically whenever a process starts or ends.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KafkaUser } from '@order-saga/contracts/rights';
import type { KafkaConnection, SaslMechanism } from '@sagakit/kafka/connection';
import { makeFolder } from '../set-up/folders.mjs';
import { StackError } from './stack-error.ts';

export type Component = {
  name: string;
  instance: number;
  /** Absent while it is down. */
  pid?: number;
  /** Tells a process from another that got the same pid later. */
  startedAt?: string;
  url?: string;
  /** Relative to the folder that the command was run in, if below it. */
  log: string;
  brokers?: string[];
  /** Of an administrator. Absent: a broker that lets in whoever comes. */
  sasl?: { mechanism: SaslMechanism; username: string; password: string };
  /** Of a Kafka that speaks TLS: whose word it is known by. */
  caFile?: string;
  /** The passwords of the other users of Kafka. */
  users?: Record<string, string>;
  databases?: Record<string, string>;
  smtp?: string;
  /** Of the identity provider: what its clients' secrets are made of. */
  clientsSecret?: string;
  /** A service: the checkout whose code it runs, where it is another than this one. */
  from?: string;
  /** Where it keeps its signing key. */
  keysFile?: string;
};

/** Who owns the processes: a runner of ours, or Docker. */
export type StackState = (
  | { runner: { pid: number; startedAt: string; control: string; secret: string }; compose?: never }
  | { compose: true; runner?: never }
) & {
  ephemeral: boolean;
  components: Component[];
};

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** The folder of the stack that a command is about. */
export function stackDir(environment: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(ROOT, environment['STACK_DIR'] || '.stack');
}

const fileOf = (dir: string) => path.join(dir, 'state.json');

export const stateIsThere = (dir: string): boolean => existsSync(fileOf(dir));

/** Throws a StackError if what is there cannot be read. */
export function readState(dir: string): StackState | undefined {
  if (!stateIsThere(dir)) return undefined;
  try {
    return JSON.parse(readFileSync(fileOf(dir), 'utf8')) as StackState;
  } catch (error) {
    const why = `${fileOf(dir)} cannot be read (${(error as Error).message})`;
    throw new StackError('stack', `${why}. What is left of it is ended by: npm run stack -- down`);
  }
}

/** For its owner alone: it holds passwords. */
export function writeState(dir: string, state: StackState): void {
  makeFolder(dir);
  const fresh = `${fileOf(dir)}.${process.pid}`;
  try {
    writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(fresh, fileOf(dir));
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

export function removeState(dir: string): void {
  rmSync(fileOf(dir), { force: true });
}

/** The url of a component's first instance. Throws in words if the stack has none. */
export function urlOf(state: StackState, name: string): string {
  const url = state.components.find((component) => component.name === name)?.url;
  if (!url) throw new Error(`the stack has no component ${name}`);
  return url;
}

/** As a user of the stack's Kafka; without a name as an administrator. */
export function kafkaOf(state: StackState, clientId: string, user?: KafkaUser): KafkaConnection {
  const found = state.components.find(({ name }) => name === 'kafka');
  const { brokers = [], sasl, users = {}, caFile } = found ?? {};
  const as = sasl && user ? { ...sasl, username: user, password: users[user] ?? '' } : sasl;
  const tls = caFile === undefined ? undefined : () => ({ ca: readFileSync(caFile, 'utf8') });
  return { brokers, clientId, sasl: as, tls };
}

/** The connection string of a service's own database. */
export const databaseOf = (state: StackState, service: string): string =>
  state.components.find(({ name }) => name === 'postgres')?.databases?.[service] as string;
