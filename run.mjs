// The entry of every command: `node run.mjs tools/<name>/main.ts ...`. Runs on any Node >= 18; brings the project's own Node and
// dependencies first (only what is missing), so that a fresh clone needs nothing but this.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const [script, ...args] = process.argv.slice(2);
if (!script) fail('usage: node run.mjs <script> [arguments]');
if (Number(process.versions.node.split('.')[0]) < 18) fail(`Node ${process.versions.node} is too old: install Node 18 or newer.`);

installDependencies();
generateClients();
const node = ownNode();
const child = spawn(node, [join(root, script), ...args], {
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: join(root, '.cache/compile') },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs `work` unless `files` are as they were when it ran last. */
function once(stamp, files, work) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  const digest = hash.digest('hex');
  const place = join(root, '.cache', stamp);
  if (existsSync(place) && readFileSync(place, 'utf8') === digest) return;
  work();
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, digest);
}

function installDependencies() {
  once('install', ['package-lock.json', 'package.json'], () => {
    console.error('Installing dependencies (once, about half a minute) ...');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (error) fail(`npm cannot be run (${error.message}): install npm 9 or newer.`);
    if (status !== 0) fail('npm ci failed: see above. Check the network and the free disk space, then try again.');
  });
}

/** Prisma's typed clients are made from each service's schema. The engine that Prisma would download is not needed for that. */
function generateClients() {
  const services = readdirSync(join(root, 'services'));
  for (const service of services) {
    const schema = `services/${service}/prisma/schema.prisma`;
    const client = join(root, `services/${service}/src/storage/prisma/client.ts`);
    if (!existsSync(join(root, schema))) continue;
    const generate = () => {
      const prisma = join(root, 'node_modules/prisma/build/index.js');
      const env = {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      };
      const { status, stderr, stdout } = spawnSync(ownNode(), [prisma, 'generate'], {
        cwd: join(root, 'services', service),
        env,
        encoding: 'utf8',
      });
      if (status !== 0) fail(`prisma generate failed for ${service}:\n${stdout}${stderr}`);
    };
    if (existsSync(client)) once(`prisma-${service}`, [schema, 'package-lock.json'], generate);
    else {
      generate();
      once(`prisma-${service}`, [schema, 'package-lock.json'], () => {});
    }
  }
}

/** Node 24 comes as a dependency; type stripping needs it. */
function ownNode() {
  const own = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  fail(
    'The pinned Node 24 is missing: its install script was not allowed to run. Try `npm ci --ignore-scripts=false`, or use Node 24.',
  );
}
