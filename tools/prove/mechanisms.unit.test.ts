/**
 * Whether each mechanism is where `npm run prove` looks for it, and named in docs/reliability.md. The proving
 * itself takes long.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../stack/state.ts';
import { MECHANISMS } from './mechanisms.ts';
import { replaceOnce } from './scratch.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

describe('what npm run prove takes out', () => {
  it('is more than a few', () => assert.ok(MECHANISMS.length >= 30));
  for (const { failure, mechanism, file, cut, paste, test } of MECHANISMS) {
    it(`${failure}: is there, once`, () => {
      const without = replaceOnce(read(file), cut, paste, file);
      assert.notEqual(without, read(file));
      // A file that cannot even be read would make any test fail.
      if (/\.[cm]?[jt]s$/.test(file)) stripTypeScriptTypes(without);
      const tested = test.kind === 'e2e' ? `e2e/${test.file}.spec.ts` : test.file;
      assert.ok(existsSync(path.join(ROOT, tested)), tested);
      const row = read('docs/reliability.md')
        .split('\n')
        .find((line) => line.startsWith(`| ${failure} |`));
      assert.ok(row, `docs/reliability.md has no row "${failure}"`);
      assert.ok(
        row.includes(mechanism) && row.includes(tested),
        `its row does not name "${mechanism}" and ${tested}`,
      );
    });
  }
});
