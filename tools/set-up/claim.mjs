/**
 * One process at a time works in a folder. A claim is an empty file whose name says which process it belongs
 * to (pid and start time), so a dead process's claim is known as such for ever, and anybody may remove it:
 * there is no moment at which a live claim could be taken for the stale one that stood there before.
 * Everybody first says that they want it, then looks who else does: of two, the later one to look sees the
 * other. Names alone are written, so a full disk does not break a claim.
 */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder } from './folders.mjs';
import { isAlive, startTimeOf } from './processes.mjs';

/**
 * `what`: what its process does there, one word. `has`: false while it only wants to.
 * @typedef {{ name: string, has: boolean, what: string, pid: number, startedAt: string }} Claim
 * `share`: for as long as that child lives, should it outlive us.
 * @typedef {{ become(what: string): void, share(pid: number): void, release(): void }} Claimed
 */

const NAME = /^(has|wants)\.([a-z]+)\.(\d+)\.([\w-]+)\.(\d+)$/;
const encode = (/** @type {string} */ text) => Buffer.from(text).toString('base64url');

/** @param {Omit<Claim, 'name'> & { nth: number }} claim */
const nameOf = ({ has, what, pid, startedAt, nth }) =>
  `${has ? 'has' : 'wants'}.${what}.${pid}.${encode(startedAt)}.${nth}`;

/**
 * What a claim's file name says; undefined: it is none.
 *
 * @param {string} name
 * @returns {Claim | undefined}
 */
export function parse(name) {
  const [, state, what = '', pid, startedAt = ''] = NAME.exec(name) ?? [];
  if (!state) return undefined;
  return {
    name,
    has: state === 'has',
    what,
    pid: Number(pid),
    startedAt: Buffer.from(startedAt, 'base64url').toString(),
  };
}

/**
 * Who wants it and sees `others` besides: has it now (`mine`), must look again a little later (`again`), or
 * is refused by the holder.
 *
 * @param {readonly Claim[]} others claims of living processes
 * @returns {'mine' | 'again' | Claim}
 */
export function decide(others) {
  return others.find(({ has }) => has) ?? (others.length === 0 ? 'mine' : 'again');
}

const folderOf = (/** @type {string} */ dir) => join(dir, 'claims');

/**
 * Claims of living processes; what dead ones left is removed.
 *
 * @param {string} dir
 * @returns {Claim[]}
 */
function claimsIn(dir) {
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync(folderOf(dir));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const claims = names.map(parse).filter((claim) => claim !== undefined);
  const alive = claims.filter(isAlive);
  for (const { name } of claims.filter((claim) => !alive.includes(claim)))
    rmSync(join(folderOf(dir), name), { force: true });
  return alive;
}

/**
 * Who has the folder now.
 *
 * @param {string} dir
 * @returns {Claim | undefined}
 */
export const holderOf = (dir) => claimsIn(dir).find(({ has }) => has);

let made = 0;

/**
 * Exactly one of all that try at once gets the folder; the others get its holder. What is claimed is the
 * caller's until it releases it or ends, however it ends. Throws what the system says if nothing can be
 * written there.
 *
 * @param {string} dir is made if it is not there
 * @param {string} what one word, for those who are refused
 * @returns {Promise<{ claimed: Claimed } | { holder: Claim }>}
 */
export async function claim(dir, what) {
  const own = { has: false, what, pid: process.pid, startedAt: startTimeOf(process.pid) ?? '', nth: ++made };
  const place = (/** @type {string} */ name) => join(folderOf(dir), name);
  for (;;) {
    makeFolder(folderOf(dir));
    const name = nameOf(own);
    writeFileSync(place(name), '');
    const verdict = decide(claimsIn(dir).filter((other) => other.name !== name));
    if (verdict === 'mine') break;
    rmSync(place(name), { force: true });
    if (verdict !== 'again') return { holder: verdict };
    await delay(5 + Math.random() * 45);
  }
  let name = nameOf(own);
  const become = (/** @type {string} */ now) => {
    const next = nameOf({ ...own, has: true, what: now });
    try {
      renameSync(place(name), place(next));
      name = next;
    } catch {
      // The folder was removed under us: then there is nothing to claim.
    }
  };
  become(what);
  /** @type {string[]} */
  const shared = [];
  const share = (/** @type {number} */ pid) => {
    const child = nameOf({ has: true, what, pid, startedAt: startTimeOf(pid) ?? '', nth: ++made });
    writeFileSync(place(child), '');
    shared.push(child);
  };
  const release = () => {
    for (const claimed of [...shared, name]) rmSync(place(claimed), { force: true });
  };
  return { claimed: { become, share, release } };
}
