/**
 * Folders, one by one: Node's own recursive mkdir never ends where nothing can be made below a folder that is
 * there (/proc, an automounter's).
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder and those above it that are missing. Throws what the system says.
 *
 * @param {string} dir
 */
export function makeFolder(dir) {
  const parent = dirname(dir);
  if (!existsSync(parent) && parent !== dir) makeFolder(parent);
  try {
    mkdirSync(dir);
  } catch (error) {
    // It is there, or another process was quicker; a root that is there can say something else than that.
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
