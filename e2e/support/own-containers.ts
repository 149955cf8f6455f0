/**
 * A project of containers beside the one that all stories share, on ports and volumes of its own: for stories
 * that begin with other files, or with what another release left behind.
 */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Shop, shopAt } from '@order-saga/tools/shop/client';
import { urlsOf } from '../../tools/stack/attach.ts';
import { readState, ROOT, type StackState } from '../../tools/stack/state.ts';

const MOVED_BY = 11_000;

/** Every port that docker-compose.yml publishes, by the variable that moves it. */
function ports(): Map<string, number> {
  const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
  return new Map(
    [...text.matchAll(/\$\{(\w+_PORT):-(\d+)\}/g)].map(([, name = '', port]) => [
      name,
      Number(port) + MOVED_BY,
    ]),
  );
}

export type OwnContainers = {
  project: string;
  /** Where the shell finds what that variable moves. */
  portOf(variable: string): number;
  /** `docker compose ...`; standard output. Throws with what was said. */
  compose(...args: string[]): Promise<string>;
  /** A command as the docs print it. */
  shell(command: string): Promise<string>;
  /** What every story needs: without traces and mails' page. Returns when orders go through. */
  up(): Promise<void>;
  /** As the tools see it, by `npm run stack -- status`. */
  state(): Promise<StackState>;
  shop(): Promise<Shop>;
  remove(): Promise<void>;
};

export function ownContainers(name: string, environment: NodeJS.ProcessEnv = {}): OwnContainers {
  const project = `order-saga-test-${name}`;
  const moved = ports();
  // Made by who writes into it: a story is also loaded where it is only listed.
  const dir = path.join(os.tmpdir(), `${project}-${process.pid}`);
  const env = {
    ...process.env,
    ...Object.fromEntries([...moved].map(([variable, port]) => [variable, String(port)])),
    COMPOSE_PROJECT_NAME: project,
    STACK_DIR: dir,
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    ...environment,
  };
  const run = async (command: string, ...args: string[]) =>
    (await promisify(execFile)(command, args, { cwd: ROOT, env, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();
  const compose = (...args: string[]) => run('docker', 'compose', ...args);

  async function state(): Promise<StackState> {
    await run(process.execPath, path.join(ROOT, 'tools/stack/main.ts'), 'status', '--compose');
    const found = readState(dir);
    if (!found) throw new Error(`no stack runs as ${project}`);
    return found;
  }
  return {
    project,
    portOf: (variable) => moved.get(variable) as number,
    compose,
    shell: (command) => run('bash', '-c', command),
    up: async () => void (await compose('up', '--detach', '--wait', 'gateway', 'console')),
    state,
    shop: async () => shopAt(urlsOf(await state())),
    async remove() {
      await compose('--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
