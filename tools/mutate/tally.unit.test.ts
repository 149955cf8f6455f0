import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../stack/state.ts';
import { CORES } from './cores.ts';
import { KNOWN } from './known.ts';
import { type Known, type Mutant, placeOf, rowOf, tally } from './tally.ts';

const mutant = (status: Mutant['status'], change: Partial<Mutant> = {}): Mutant => ({
  file: 'packages/a/src/b.ts',
  line: 'if (x) return;',
  location: { start: { line: 3, column: 5 }, end: { line: 3, column: 6 } },
  mutatorName: 'ConditionalExpression',
  replacement: 'true',
  status,
  ...change,
});
const known: Known = { file: 'src/b.ts', line: 'if (x) return;', becomes: 'true', because: 'a test' };

describe('the tally of mutants', () => {
  it('counts those that a test noticed, or that never ended, of all that compile', () => {
    const refused = mutant('Survived');
    const all = [
      mutant('Killed'),
      mutant('Timeout'),
      mutant('Survived'),
      mutant('NoCoverage'),
      mutant('CompileError'),
      mutant('Ignored'),
      refused,
    ];
    const { noticed, all: judged, unnamed } = tally(all, new Set([refused]), []);
    assert.deepEqual([noticed, judged, unnamed.length], [2, 4, 2]);
    assert.equal(placeOf(refused), 'packages/a/src/b.ts:3:5');
  });
  it('knows those that are named, wherever their line moved; they are not noticed for that', () => {
    const moved = mutant('Survived', {
      location: { start: { line: 9, column: 1 }, end: { line: 9, column: 2 } },
    });
    const others = [
      mutant('Survived', { line: 'if (y) return;' }),
      mutant('Survived', { replacement: 'false' }),
      mutant('Survived', { file: 'c.ts' }),
    ];
    const { noticed, named, unnamed } = tally([moved, ...others], new Set(), [known]);
    assert.deepEqual([noticed, named, unnamed], [0, 1, others]);
  });
});

describe('the row of a core', () => {
  it('says the share of all mutants, and the share without those that are named', () => {
    const all = [
      ...Array.from({ length: 12 }, () => mutant('Killed')),
      ...Array.from({ length: 3 }, () => mutant('Timeout')),
      ...Array.from({ length: 4 }, () => mutant('Survived')),
      mutant('Survived', { line: 'if (y) return;' }),
    ];
    assert.equal(rowOf('a', tally(all, new Set(), [known])), '| a | 20 | 15 | 3 | 75.0 % | 4 | 1 | 93.8 % |');
  });
});

describe('what is named', () => {
  it('is there: every core has files and tests', () => {
    for (const { name, mutate, tests } of CORES) {
      for (const pattern of mutate)
        assert.ok(globSync(pattern, { cwd: ROOT }).length > 0, `${name}: ${pattern}`);
      // What Node's own globs do not know (`!(...)`) is Stryker's.
      for (const pattern of tests)
        assert.ok(
          globSync(pattern.replace(/!\([^)]*\)/, '*'), { cwd: ROOT }).length > 0,
          `${name}: ${pattern}`,
        );
    }
  });
  it('is run every night, all of it', () => {
    const nightly = readFileSync(path.join(ROOT, '.github/workflows/nightly.yml'), 'utf8');
    const words = [...(/core:\n((?: +- .+\n)+)/.exec(nightly)?.[1] ?? '').matchAll(/- (.+)/g)].flatMap(
      ([, row = '']) => row.split(' '),
    );
    const files = CORES.flatMap(({ mutate }) =>
      mutate.flatMap((pattern) => globSync(pattern, { cwd: ROOT })),
    );
    const left = files.filter((file) => !words.some((word) => file.includes(word)));
    assert.deepEqual([files.length > 50, left], [true, []]);
  });
  it('is a line that is there, with a reason', () => {
    for (const { file, line, because } of KNOWN) {
      assert.ok(existsSync(path.join(ROOT, file)), file);
      assert.ok(readFileSync(path.join(ROOT, file), 'utf8').includes(line), `${file} has no line: ${line}`);
      assert.ok(because.length > 10, `${file}: ${line}`);
    }
  });
});
