// Prisma's typed clients are made from each service's schema. The engine that Prisma would download is not
// needed for that.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './children.mjs';

const schemaOf = (/** @type {string} */ service) => `services/${service}/prisma/schema.prisma`;
const folderOf = (/** @type {string} */ service) => `services/${service}/src/storage/prisma`;

/**
 * A schema without a generator is there for the migrations alone.
 *
 * @param {string} root
 * @param {string} service
 */
const wantsClient = (root, service) =>
  existsSync(join(root, schemaOf(service))) &&
  /^generator /m.test(readFileSync(join(root, schemaOf(service)), 'utf8'));

/**
 * What the client was made from.
 *
 * @param {string} root
 * @param {string} service
 */
function digestOf(root, service) {
  const hash = createHash('sha256');
  for (const file of [schemaOf(service), 'package-lock.json'])
    hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

const stampOf = (/** @type {string} */ root, /** @type {string} */ service) =>
  join(root, '.cache', `prisma-${service}.json`);

/**
 * @param {string} folder
 * @returns {string[]} all files below it
 */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/**
 * Made from this schema, and every file of it still there.
 *
 * @param {string} root
 * @param {string} service
 */
function isThere(root, service) {
  try {
    /** @type {{ digest: string, files: string[] }} */
    const { digest, files } = JSON.parse(readFileSync(stampOf(root, service), 'utf8'));
    return (
      digest === digestOf(root, service) &&
      files.length > 0 &&
      files.every((file) => existsSync(join(root, folderOf(service), file)))
    );
  } catch {
    return false;
  }
}

/**
 * Services whose client is not there as its schema says.
 *
 * @param {string} root
 */
export const missingClients = (root) =>
  readdirSync(join(root, 'services')).filter(
    (service) => wantsClient(root, service) && !isThere(root, service),
  );

/**
 * @param {string} root
 * @param {string} node
 * @returns {Promise<string | undefined>} why it failed
 */
export async function generateClients(root, node) {
  for (const service of missingClients(root)) {
    const prisma = join(root, 'node_modules/prisma/build/index.js');
    const quiet = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    };
    const { code, output } = await run(node, [prisma, 'generate'], {
      cwd: join(root, 'services', service),
      env: { ...process.env, ...quiet },
    });
    if (code !== 0) return `prisma generate failed for ${service}:\n${output}`;
    const folder = join(root, folderOf(service));
    const files = filesBelow(folder).map((file) => file.slice(folder.length + 1));
    mkdirSync(dirname(stampOf(root, service)), { recursive: true });
    writeFileSync(stampOf(root, service), JSON.stringify({ digest: digestOf(root, service), files }));
  }
  return undefined;
}
