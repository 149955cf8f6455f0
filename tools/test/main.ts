/**
 * `npm test`: every check and test there is, or the stages named: `npm test -- unit contract`. Ends with one
 * line that sums up all runners.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StackError } from '../stack/stack-error.ts';
import { ROOT } from '../stack/state.ts';
import { runNode } from './child.ts';
import { withContainers } from './compose.ts';
import { withInfrastructure } from './infrastructure.ts';
import { bringBrowser, NO_BROWSER } from './browser.ts';
import { PLAYWRIGHT } from './playwright.ts';
import { onInterruption, runTool } from '../run-tool.ts';

type Counts = { passed: number; failed: number; skipped: number };
const bin = (file: string) => path.join(ROOT, 'node_modules', file);
const temporary = mkdtempSync(path.join(os.tmpdir(), 'order-saga-test-'));

/** Twice as long as the longest stage (containers) takes on a quiet machine; one that hangs fails instead. */
const STAGE_WITHIN_MS = 30 * 60_000;

const run = (args: string[], env?: NodeJS.ProcessEnv) => runNode(args, env, STAGE_WITHIN_MS);

/** A check counts as one test. */
const check =
  (...args: string[]) =>
  async (): Promise<Counts> => {
    const good = (await run(args)) === 0;
    return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
  };

const both = (one: () => Promise<Counts>, other: () => Promise<Counts>) => async (): Promise<Counts> => {
  const [a, b] = [await one(), await other()];
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
};

/** Files of node's own runner, by glob. */
const nodeTests =
  (concurrency: number, ...patterns: string[]) =>
  async (environment: NodeJS.ProcessEnv = {}): Promise<Counts> => {
    const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
    if (files.length === 0) throw new Error(`no test files in ${patterns.join(', ')}`);
    const counts = path.join(temporary, `${patterns[0]?.replace(/\W/g, '_')}.json`);
    const args = [
      '--enable-source-maps',
      '--test',
      `--test-concurrency=${concurrency}`,
      // What a test leaves open keeps its file running, up to the limit of the stage. (--test-force-exit
      // would end it at once, and lose results that are not written yet: then the sum is too small, and
      // nobody notices.)
      '--test-timeout=180000',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${path.join(import.meta.dirname, 'count-reporter.mjs')}`,
      `--test-reporter-destination=${counts}`,
      ...files,
    ];
    const code = await run(args, environment);
    const counted = JSON.parse(readFileSync(counts, 'utf8')) as Counts;
    if (code !== 0 && counted.failed === 0) return { ...counted, failed: 1 };
    return counted;
  };

async function playwright(...more: string[]): Promise<Counts> {
  const report = path.join(mkdtempSync(path.join(temporary, 'e2e-')), 'report.json');
  const code = await run([...PLAYWRIGHT, ...more], { PLAYWRIGHT_JSON_OUTPUT_NAME: report });
  const { stats } = JSON.parse(readFileSync(report, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  // A flaky test is a bug of ours: it counts as failed.
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: stats.skipped };
}

/** The console's page against recorded stories. */
async function inBrowser(): Promise<Counts> {
  if (!(await bringBrowser((text) => console.log(`  ${text}`)))) {
    console.log(`skipped: ${NO_BROWSER}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  await run(['console/web/build.ts']);
  return playwright('--config', 'e2e/browser/playwright.config.ts');
}

async function inContainers(): Promise<Counts> {
  // Crashes are told by the containers' own stories; what `stack kill` does to containers: npm run e2e --
  // --compose.
  const done = await withContainers(() =>
    playwright('--grep-invert', 'under load and comes back|in good order under load'),
  );
  if ('skipped' in done) {
    console.log(`skipped: ${done.skipped}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return done.clean ? done.result : { ...done.result, failed: done.result.failed + 1 };
}

const STAGES: Record<string, { says: string; run: () => Promise<Counts> }> = {
  format: {
    says: 'format',
    run: check(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'),
  },
  lint: { says: 'lint', run: check(bin('eslint/bin/eslint.js'), '.') },
  types: {
    says: 'types',
    run: both(
      check(bin('typescript/bin/tsc'), '-p', '.'),
      check(bin('typescript/bin/tsc'), '-p', 'console/web'),
    ),
  },
  borders: {
    says: 'borders between the rooms',
    run: check(
      bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
      'packages',
      'console',
      'services',
      'tools',
      'infra',
      'e2e',
      'examples',
    ),
  },
  unused: {
    says: 'unused files, exports and dependencies, and undeclared ones',
    run: check(bin('knip/bin/knip.js'), '--no-config-hints', '--no-progress'),
  },
  page: { says: 'the console’s page can be built', run: check('console/web/build.ts') },
  unit: {
    says: 'unit',
    run: nodeTests(
      2,
      '{contracts,console,packages/*,services/*}/test/**/*.unit.test.ts',
      '{tools,infra}/**/*.unit.test.ts',
    ),
  },
  contract: { says: 'contracts', run: nodeTests(2, '{contracts,packages/*}/test/**/*.contract.test.ts') },
  docs: { says: 'links and commands of the docs', run: nodeTests(1, 'tools/test/docs.test.ts') },
  integration: {
    says: 'integration, with a real Kafka and Postgres',
    run: () =>
      withInfrastructure(
        nodeTests(
          1,
          '{packages/*,services/*,console,examples/*}/test/**/*.integration.test.ts',
          'tools/**/*.integration.test.ts',
        ),
      ),
  },
  e2e: { says: 'end to end', run: () => playwright() },
  browser: { says: 'the console’s page in a real browser', run: inBrowser },
  compose: { says: 'in containers', run: inContainers },
};

async function main(): Promise<boolean> {
  onInterruption(async () => rmSync(temporary, { recursive: true, force: true }));
  const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(STAGES);
  const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  const began = Date.now();
  const failed: string[] = [];
  for (const name of names) {
    const stage = STAGES[name];
    if (!stage)
      throw new StackError('test', `there is no stage ${name}; there are ${Object.keys(STAGES).join(', ')}`);
    const stageBegan = Date.now();
    console.log(`\n--- ${stage.says}`);
    const counts = await stage.run();
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    if (counts.failed > 0) failed.push(name);
    console.log(
      `--- ${stage.says}: ${counts.failed > 0 ? 'FAILED' : 'good'} (${((Date.now() - stageBegan) / 1000).toFixed(1)} s)`,
    );
  }
  rmSync(temporary, { recursive: true, force: true });
  console.log(
    `\n${failed.length > 0 ? `failed: ${failed.join(', ')}; ` : ''}${((Date.now() - began) / 1000).toFixed(0)} s`,
  );
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed === 0 && sum.passed > 0;
}

runTool(main);
