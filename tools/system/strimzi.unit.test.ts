import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { KAFKA_RIGHTS } from '@order-saga/contracts/rights';
import { TOPICS } from '@order-saga/contracts/topics';
import { ROOT } from '../stack/state.ts';
import { RIGHTS_PAGE, withRightsTable } from './rights-table.ts';
import { STRIMZI } from './strimzi.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

describe("Strimzi's files", () => {
  for (const [file, write] of Object.entries({ ...STRIMZI, [RIGHTS_PAGE]: withRightsTable }))
    it(`${file} says what the system says`, () =>
      assert.equal(read(file), write(read(file)), 'run: npm run system'));
  it('name every topic with as many partitions, in two places at least', () => {
    for (const [topic, { partitions }] of Object.entries(TOPICS)) {
      const own = read('infra/strimzi/topics.yml')
        .split('---\n')
        .find((one) => one.includes(`  name: ${topic}\n`));
      assert.match(own ?? '', new RegExp(`partitions: ${partitions}\\n`), topic);
      assert.match(own ?? '', /min\.insync\.replicas: 2\n/, topic);
    }
  });
  it('let each user write what it may, and nothing else', () => {
    for (const [user, { writes }] of Object.entries(KAFKA_RIGHTS)) {
      const own = read('infra/strimzi/users.yml')
        .split('---\n')
        .find((one) => one.includes(`metadata:\n  name: ${user}\n`));
      const written = [
        ...(own ?? '').matchAll(/name: (\S+)\n +patternType: literal\n +operations: \[Write/g),
      ];
      assert.deepEqual(
        written.map(([, topic]) => topic),
        [...writes],
        user,
      );
    }
  });
});
