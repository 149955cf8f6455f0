/**
 * `npm test`: every check and test there is, or the stages named: `npm test -- unit contract`. Ends with one
 * line that sums up all runners.
 */
import { closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StackError } from '../stack/stack-error.ts';
import { ROOT } from '../stack/state.ts';
import { runNode } from './child.ts';
import { withContainers } from './compose.ts';
import { withInfrastructures } from './infrastructure.ts';
import { ALONE, inLanes, LANES, STORIES_ALONE } from './lanes.ts';
import { bringBrowser, NO_BROWSER } from './browser.ts';
import { PLAYWRIGHT } from './playwright.ts';
import { onInterruption, runTool } from '../run-tool.ts';

type Counts = { passed: number; failed: number; skipped: number };
const bin = (file: string) => path.join(ROOT, 'node_modules', file);
const temporary = mkdtempSync(path.join(os.tmpdir(), 'order-saga-test-'));

/** Twice as long as the longest stage (containers) takes on a quiet machine; one that hangs fails instead. */
const STAGE_WITHIN_MS = 30 * 60_000;
/** The same for a file that runs beside others. */
const FILE_WITHIN_MS = 6 * 60_000;

const sumOf = (all: readonly Counts[]): Counts => ({
  passed: all.reduce((sum, { passed }) => sum + passed, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
  skipped: all.reduce((sum, { skipped }) => sum + skipped, 0),
});

/** Where it says what it says (see child.ts), and how long it may take. */
type Running = { output?: number; withinMs?: number };
const run = (
  args: string[],
  env: NodeJS.ProcessEnv = {},
  { output, withinMs = STAGE_WITHIN_MS }: Running = {},
) => runNode(args, env, withinMs, output);

let outputs = 0;
/** What runs beside others is heard when it has ended, as a whole. */
async function heardAtItsEnd<T>(work: (output: number) => Promise<T>): Promise<T> {
  const file = path.join(temporary, `output-${outputs++}`);
  const output = openSync(file, 'w');
  try {
    return await work(output);
  } finally {
    closeSync(output);
    process.stdout.write(readFileSync(file));
  }
}

/** A check counts as one test. */
const check =
  (...args: string[]) =>
  async (running: Running = {}): Promise<Counts> => {
    const good = (await run(args, {}, running)) === 0;
    return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
  };

const both =
  (one: ReturnType<typeof check>, other: ReturnType<typeof check>) => async (running: Running) =>
    sumOf([await one(running), await other(running)]);

function filesOf(patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  if (files.length === 0) throw new Error(`no test files in ${patterns.join(', ')}`);
  return files;
}

let runs = 0;
/** Node's own runner. */
async function runFiles(
  files: readonly string[],
  concurrency: number,
  environment: NodeJS.ProcessEnv,
  running: Running,
): Promise<Counts> {
  const counts = path.join(temporary, `counts-${runs++}.json`);
  const args = [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${concurrency}`,
    // What a test leaves open keeps its file running, up to the limit of the stage. (--test-force-exit would
    // end it at once, and lose results that are not written yet: then the sum is too small, and nobody
    // notices.)
    '--test-timeout=180000',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${path.join(import.meta.dirname, 'count-reporter.mjs')}`,
    `--test-reporter-destination=${counts}`,
    ...files,
  ];
  const code = await run(args, environment, running);
  // Who was ended because it hung has not counted.
  if (!existsSync(counts)) return { passed: 0, failed: 1, skipped: 0 };
  const counted = JSON.parse(readFileSync(counts, 'utf8')) as Counts;
  if (code !== 0 && counted.failed === 0) return { ...counted, failed: 1 };
  return counted;
}

const nodeTests =
  (concurrency: number, ...patterns: string[]) =>
  (running: Running): Promise<Counts> =>
    runFiles(filesOf(patterns), concurrency, {}, running);

/** Each lane with its Kafka and Postgres; then, in the first, what runs alone. */
async function integrationTests(...patterns: string[]): Promise<Counts> {
  const files = filesOf(patterns);
  return withInfrastructures(LANES, async (lanes) => {
    const runIn = (file: string, lane: NodeJS.ProcessEnv) =>
      heardAtItsEnd((output) => runFiles([file], 1, lane, { output, withinMs: FILE_WITHIN_MS }));
    const together = files.filter((file) => !ALONE.includes(file));
    const alone = files.filter((file) => ALONE.includes(file));
    return sumOf([
      ...(await inLanes(together, lanes, runIn)),
      ...(await inLanes(alone, lanes.slice(0, 1), runIn)),
    ]);
  });
}

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

/** Each lane with a stack; then what runs alone. */
async function stories(): Promise<Counts> {
  const files = filesOf(['e2e/{*,failures/*}.spec.ts']);
  const together = files.filter((file) => !STORIES_ALONE.includes(file));
  const alone = files.filter((file) => STORIES_ALONE.includes(file));
  return sumOf([await playwright('--workers', String(LANES), ...together), await playwright(...alone)]);
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

type Stage = {
  says: string;
  run: (running: Running) => Promise<Counts>;
  /** A computation on one core that needs nothing else and leaves nothing: another can run beside it. */
  usesOneCore?: true;
};
const STAGES: Record<string, Stage> = {
  format: {
    says: 'format',
    usesOneCore: true,
    run: check(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'),
  },
  lint: { says: 'lint', usesOneCore: true, run: check(bin('eslint/bin/eslint.js'), '.') },
  types: {
    says: 'types',
    usesOneCore: true,
    run: both(
      check(bin('typescript/bin/tsc'), '-p', '.'),
      check(bin('typescript/bin/tsc'), '-p', 'console/web'),
    ),
  },
  borders: {
    says: 'borders between the rooms',
    usesOneCore: true,
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
    usesOneCore: true,
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
      integrationTests(
        '{packages/*,services/*,console,examples/*}/test/**/*.integration.test.ts',
        'tools/**/*.integration.test.ts',
      ),
  },
  e2e: { says: 'end to end', run: stories },
  browser: { says: 'the console’s page in a real browser', run: inBrowser },
  compose: { says: 'in containers', run: inContainers },
};

/** The stages in order; those of one core that follow each other, side by side. */
function inGroups(names: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (STAGES[name]?.usesOneCore && STAGES[last?.[0] ?? '']?.usesOneCore) last?.push(name);
    else groups.push([name]);
  }
  return groups;
}

async function runStage({ says, run: work }: Stage, output?: number): Promise<Counts> {
  const say = (text: string) => (output === undefined ? console.log(text) : writeSync(output, `${text}\n`));
  const began = Date.now();
  say(`\n--- ${says}`);
  const counts = await work(output === undefined ? {} : { output });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  say(`--- ${says}: ${counts.failed > 0 ? 'FAILED' : 'good'} (${seconds} s)`);
  return counts;
}

const runGroup = ([first, ...others]: readonly [Stage, ...Stage[]]): Promise<Counts[]> =>
  others.length === 0
    ? Promise.all([runStage(first)])
    : inLanes([first, ...others], Array.from({ length: LANES }), (stage) =>
        heardAtItsEnd((output) => runStage(stage, output)),
      );

async function main(): Promise<boolean> {
  onInterruption(async () => rmSync(temporary, { recursive: true, force: true }));
  const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(STAGES);
  for (const name of names)
    if (!STAGES[name])
      throw new StackError('test', `there is no stage ${name}; there are ${Object.keys(STAGES).join(', ')}`);
  const all: Counts[] = [];
  const began = Date.now();
  const failed: string[] = [];
  for (const group of inGroups(names)) {
    const counts = await runGroup(group.map((name) => STAGES[name]) as [Stage, ...Stage[]]);
    all.push(...counts);
    failed.push(...group.filter((_, place) => (counts[place]?.failed ?? 0) > 0));
  }
  rmSync(temporary, { recursive: true, force: true });
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(`\n${failed.length > 0 ? `failed: ${failed.join(', ')}; ` : ''}${seconds} s`);
  const { passed, failed: failures, skipped } = sumOf(all);
  console.log(`${passed} passed, ${failures} failed, ${skipped} skipped`);
  return failures === 0 && passed > 0;
}

runTool(main);
