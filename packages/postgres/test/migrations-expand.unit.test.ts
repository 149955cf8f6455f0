/**
 * Old and new replicas run side by side during a deployment, so a migration must not take away what the
 * release before it uses.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** The contracting half comes a release later, and its folder says so: `20270101000000_contract_...`. */
const CONTRACTS = /_contract_/;
const TAKES_AWAY =
  /\b(drop\s+(table|column|constraint|type)|rename\s+(to|column)|set\s+not\s+null|truncate)\b/i;

const takesAway = (sql: string): string | undefined => TAKES_AWAY.exec(sql.replaceAll(/--.*$/gm, ''))?.[0];

describe('migrations', () => {
  const files = globSync(
    ['packages/*/migrations/*/migration.sql', 'services/*/prisma/migrations/*/migration.sql'],
    {
      cwd: ROOT,
    },
  );
  it('are found', () => assert.ok(files.length >= 9));
  for (const file of files.filter((name) => !CONTRACTS.test(name))) {
    it(`only expand: ${file}`, () =>
      assert.equal(takesAway(readFileSync(path.join(ROOT, file), 'utf8')), undefined));
  }
  it('that take something away are noticed', () => {
    for (const sql of [
      'alter table a drop column b',
      'ALTER TABLE a RENAME TO b',
      'alter table a alter column b set not null',
    ]) {
      assert.ok(takesAway(sql), sql);
    }
    assert.equal(takesAway('-- drop table a\ncreate table b ()'), undefined);
  });
});
