// The entry of every command: `node run.mjs tools/<name>/main.ts ...`. Runs on any Node >= 18; brings the
// project's own Node and dependencies first (only what is missing), so that a fresh clone needs nothing but
// this.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endAll } from './tools/set-up/children.mjs';
import { claim } from './tools/set-up/claim.mjs';
import { generateClients, missingClients } from './tools/set-up/clients.mjs';
import {
  installDependencies,
  missingPackages,
  missingScripts,
  ownNode,
} from './tools/set-up/dependencies.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const [script, ...args] = process.argv.slice(2);
if (!script) fail('usage: node run.mjs <script> [arguments]');
if (Number(process.versions.node.split('.')[0]) < 18)
  fail(`Node ${process.versions.node} is too old: install Node 18 or newer.`);
// As root PostgreSQL runs as somebody else, who must be able to read what is installed and made here.
if (process.getuid?.() === 0) process.umask(0o022);

/** @type {import('node:child_process').ChildProcess | undefined} */
let tool;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
// npm passes SIGINT and SIGTERM on; when it ends in another way, nobody would.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && end('SIGHUP'), 250).unref();

await setUp().catch((error) => fail(`This clone could not be set up: ${error.message}`));
start();

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The tool ends everything that it has started, and this process ends with it. */
function end(signal) {
  if (tool) return tool.kill(signal);
  endAll();
  process.exit(128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]);
}

async function setUp() {
  const isThere = () =>
    missingPackages(root).length + missingScripts(root).length + missingClients(root).length === 0;
  if (isThere()) return;
  const { share, release } = await untilClaimed();
  const install = () => installDependencies(root, console.error, share);
  const why = isThere() ? undefined : ((await install()) ?? (await generateClients(root, nodeToUse())));
  release();
  if (why) fail(why);
}

/** Two commands at once in a fresh clone: one sets it up, the other waits for it. */
async function untilClaimed() {
  for (let told = false; ; await delay(200)) {
    const got = await claim(join(root, '.cache'), 'setup').catch((error) =>
      fail(`.cache cannot be written: ${error.message}`),
    );
    if ('claimed' in got) return got.claimed;
    if (!told)
      console.error(`Another command (pid ${got.holder.pid}) sets this clone up; waiting for it ...`);
    told = true;
  }
}

/** Node 24 comes as a dependency; type stripping needs it. */
function nodeToUse() {
  return existsSync(ownNode(root)) ? ownNode(root) : process.execPath;
}

/** What the shell says to libpq, or to Node's `fetch`, is about other servers than a stack's. */
function environment() {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^PG[A-Z]+$/.test(name) && name !== 'NODE_USE_ENV_PROXY',
  );
  return { ...Object.fromEntries(entries), NODE_COMPILE_CACHE: join(root, '.cache/compile') };
}

function start() {
  const node = nodeToUse();
  // By the channel the tool hears when this process ends in a way that leaves no time to say so.
  tool = spawn(node, [join(root, script), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment(),
  });
  tool.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
  tool.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
