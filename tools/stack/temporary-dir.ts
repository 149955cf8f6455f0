import { chmodSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A new folder for a throw-away stack (STACK_DIR). Open to all: as root, Postgres runs as somebody else, who
 * must be able to come here.
 */
export function temporaryStackDir(name: string): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), `order-saga-${name}-`));
  chmodSync(dir, 0o755);
  return dir;
}
