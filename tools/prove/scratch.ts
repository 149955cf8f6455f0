/**
 * A copy of the checkout in which something may be broken. Dependencies are linked, the project's own
 * packages are the copy's.
 */
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../stack/state.ts';

/** Where npm links the workspaces: the framework's and the shop's. */
const OWN_SCOPES = new Set(['@sagakit', '@order-saga']);
const LEFT_OUT = new Set(['node_modules', '.git', '.stack', '.cache', 'test-results']);

export type Scratch = {
  dir: string;
  /**
   * Puts `paste` where `cut` stands; gives what puts it back. Throws if `cut` does not stand there exactly
   * once.
   */
  replace(file: string, cut: string, paste: string): () => void;
  remove(): void;
};

export function scratchCopy(): Scratch {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'order-saga-prove-'));
  for (const name of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(name))
      cpSync(path.join(ROOT, name), path.join(dir, name), {
        recursive: true,
        filter: (file) => !file.endsWith('/node_modules'),
      });
  }
  symlinkSync(path.join(ROOT, '.cache'), path.join(dir, '.cache'));
  linkDependencies(path.join(ROOT, 'node_modules'), path.join(dir, 'node_modules'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', remove); // also of a command that is interrupted
  return {
    dir,
    replace(file, cut, paste) {
      const place = path.join(dir, file);
      const text = readFileSync(place, 'utf8');
      writeFileSync(place, replaceOnce(text, cut, paste, file));
      return () => writeFileSync(place, text);
    },
    remove,
  };
}

export function replaceOnce(text: string, cut: string, paste: string, file: string): string {
  const parts = text.split(cut);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${cut}`);
  return parts.join(paste);
}

/**
 * Workspaces are relative links, which lead to the copy's own folders when they are made anew there; all else
 * leads to the original.
 */
function linkDependencies(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const source = path.join(from, name);
    if (OWN_SCOPES.has(name)) {
      mkdirSync(path.join(to, name));
      for (const own of readdirSync(source)) {
        const link = path.join(source, own);
        symlinkSync(lstatSync(link).isSymbolicLink() ? readlinkSync(link) : link, path.join(to, name, own));
      }
    } else symlinkSync(source, path.join(to, name));
  }
}
