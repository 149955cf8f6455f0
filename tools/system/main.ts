/**
 * `npm run system`: writes what follows from contracts/src/system.ts into the files that cannot import it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DATABASE_OWNERS, SYSTEM } from '@order-saga/contracts/system';
import { demoSecret } from '@sagakit/service-kit/demo-secrets';
import { ROOT } from '../stack/state.ts';
import { passwordFile, PLACES } from './places.ts';

const written: string[] = [];
for (const { file, write } of PLACES) {
  const before = readFileSync(path.join(ROOT, file), 'utf8');
  const after = write(before, SYSTEM);
  if (after === before) continue;
  writeFileSync(path.join(ROOT, file), after);
  written.push(file);
}
for (const owner of DATABASE_OWNERS) {
  const file = passwordFile(owner);
  if (existsSync(path.join(ROOT, file))) continue;
  writeFileSync(path.join(ROOT, file), `${demoSecret(owner)}\n`);
  written.push(file);
}
console.log(
  written.length > 0 ? `written: ${written.join(', ')}` : 'every file says what contracts/src/system.ts says',
);
