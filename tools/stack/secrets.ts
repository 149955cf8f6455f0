/** A stack's passwords: each made when first needed, kept with the stack's data, for its owner alone. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../set-up/folders.mjs';

export type Secret = { file: string; value(): string };

const folderOf = (dataDir: string) => path.join(dataDir, 'secrets');

/** @param name whose it is: `order`, `order-owner`, `postgres` */
export function secretOf(dataDir: string, name: string): Secret {
  const file = path.join(folderOf(dataDir), `${name}-password`);
  if (!existsSync(file)) keepSecret(file, newSecret());
  return { file, value: () => readFileSync(file, 'utf8').trim() };
}

export const newSecret = (): string => randomBytes(24).toString('base64url');

/** The whole file or none, also for who reads it at this moment. */
export function keepSecret(file: string, value: string): void {
  makeFolder(path.dirname(file));
  chmodSync(path.dirname(file), 0o700);
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${value}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}
