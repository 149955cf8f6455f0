/** Secrets of clients that run where nobody else could tell them. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { secretOf, SIGN_IN } from './clients.ts';

const CLIENTS = ['console', SIGN_IN] as const;

/** `<client>-secret` in that folder, the whole file or none, for who runs as this user. */
export function handOutSecrets(folder: string, stackSecret: string): void {
  for (const client of CLIENTS) {
    const file = path.join(folder, `${client}-secret`);
    writeFileSync(`${file}.new`, secretOf(stackSecret, client), { mode: 0o400 });
    renameSync(`${file}.new`, file);
  }
}
