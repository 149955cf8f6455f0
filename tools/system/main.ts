/**
 * `npm run system`: writes what follows from contracts/src/system.ts into the files that cannot import it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DATABASE_OWNERS, SYSTEM } from '@order-saga/contracts/system';
import { demoSecret } from '@sagakit/service-kit/demo-secrets';
import { commandLine, noMore } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { ROOT } from '../stack/state.ts';
import { KAFKA_ADMIN, KAFKA_USERS, kafkaPasswordFile } from './kafka-users.ts';
import { passwordFile, PLACES } from './places.ts';
import { RIGHTS_PAGE, withRightsTable } from './rights-table.ts';
import { STRIMZI } from './strimzi.ts';

const USAGE = `npm run system

Writes what follows from contracts/src/system.ts (a new service, another name or port) into the files that cannot import
it: docker-compose.yml, the infrastructure's, the docs'.`;

runTool(async () => {
  noMore('system', commandLine(USAGE, {}).positionals);
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
  for (const [file, write] of Object.entries({ ...STRIMZI, [RIGHTS_PAGE]: withRightsTable })) {
    const place = path.join(ROOT, file);
    const before = existsSync(place) ? readFileSync(place, 'utf8') : '';
    const after = write(before);
    if (after === before) continue;
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, after);
    written.push(file);
  }
  for (const user of [KAFKA_ADMIN, ...KAFKA_USERS]) {
    const file = kafkaPasswordFile(user);
    if (existsSync(path.join(ROOT, file))) continue;
    writeFileSync(path.join(ROOT, file), `demo-only-kafka-${user}\n`);
    written.push(file);
  }
  console.log(
    written.length > 0
      ? `written: ${written.join(', ')}`
      : 'every file says what contracts/src/system.ts says',
  );
});
