/** What the docs say must be there: every local link leads somewhere, every npm command exists. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../stack/state.ts';

const files = globSync('{*.md,docs/**/*.md,services/*/README.md,packages/*/README.md}', { cwd: ROOT });
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('the docs', () => {
  it('are there', () => assert.ok(files.length >= 12, files.join(', ')));
  for (const file of files) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    it(`${file}: every link leads somewhere`, () => {
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        assert.ok(existsSync(path.resolve(ROOT, path.dirname(file), target)), `${target} is not there`);
      }
    });
    it(`${file}: every command exists`, () => {
      for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([\w-]+)/g))
        assert.ok(script in scripts, `npm run ${script} does not exist`);
      for (const [, place = ''] of text.matchAll(
        /`((?:services|packages|tools|e2e|infra|docs)\/[\w./-]+)`/g,
      )) {
        assert.ok(existsSync(path.join(ROOT, place)), `${place} is not there`);
      }
      for (const [, dockerfile = '', app = ''] of text.matchAll(
        /docker build -f (\S+) --build-arg APP=(\S+)/g,
      )) {
        assert.ok(existsSync(path.join(ROOT, dockerfile)), `${dockerfile} is not there`);
        assert.ok(existsSync(path.join(ROOT, app, 'package.json')), `${app} cannot be built`);
      }
    });
  }
  it('say everything that can be run', () => {
    for (const [name, command] of Object.entries(scripts)) {
      const script = command.split(' ')[2] ?? '';
      assert.ok(existsSync(path.join(ROOT, script)), `npm run ${name} runs ${script}, which is not there`);
    }
  });
  it('and the alerts and dashboards ask for metrics that there are', () => {
    const source = [
      'packages/service-kit/src/metrics.ts',
      'packages/saga/src/metrics.ts',
      'infra/compose/gateway/metrics.mts',
    ]
      .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
      .join('\n');
    const files = globSync('infra/compose/{prometheus,grafana}/**/*.{yml,json}', { cwd: ROOT });
    const asked = files.flatMap(
      (file) => readFileSync(path.join(ROOT, file), 'utf8').match(/order_saga_[a-z_]+/g) ?? [],
    );
    const names = [...new Set(asked)].map((name) =>
      name.replace(/^order_saga_/, '').replace(/_(bucket|count|sum)$/, ''),
    );
    assert.ok(names.length >= 8, names.join(', '));
    for (const name of names)
      assert.match(source, new RegExp(`['_]${name}'`), `order_saga_${name} does not exist`);
  });
  it('name no host of a package registry', () => {
    for (const file of globSync('{*.md,*.json,*.mjs,.ci/run,docs/**/*.md,infra/**/*}', {
      cwd: ROOT,
      exclude: ['node_modules/**'],
    })) {
      if (!/\.\w+$/.test(file) && file !== '.ci/run') continue;
      assert.doesNotMatch(
        readFileSync(path.join(ROOT, file), 'utf8'),
        /registry\.npmjs|repo1?\.maven|repo\.maven/,
        file,
      );
    }
  });
});
