/** Passwords as the jobs before a start find them, a file each, and hand them out. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from './config.ts';

/** @param name of the file. Throws a ConfigError if there is none, or nothing in it. */
export function passwordIn(folder: string, name: string): string {
  const file = path.join(folder, name);
  try {
    const password = readFileSync(file, 'utf8').trim();
    if (password !== '') return password;
  } catch (error) {
    throw new ConfigError([`PASSWORDS_DIR: ${(error as Error).message}`]);
  }
  throw new ConfigError([`PASSWORDS_DIR: ${file} is empty`]);
}

/** For all to read. The whole file or none, also for who reads it at this moment. */
export function handOut(file: string, password: string): void {
  writeFileSync(`${file}.new`, password, { mode: 0o444, flag: 'w' });
  renameSync(`${file}.new`, file);
}
