/** What runs the tests: checks, node's own runner, Playwright; each gives counts. */
import { closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../stack/state.ts';
import { runNode } from './child.ts';
import { withInfrastructures } from './infrastructure.ts';
import { LOGS_KEPT } from './kept-logs.ts';
import { ALONE, inLanes, LANES, STORIES_ALONE } from './lanes.ts';
import { PLAYWRIGHT } from './playwright.ts';

/** A test that failed: its file and name, and what it said. */
export type Failure = { what: string; why: string };
export type Counts = { passed: number; failed: number; skipped: number; failures?: Failure[] };
const temporary = mkdtempSync(path.join(os.tmpdir(), 'order-saga-test-'));
export const removeTemporary = () => rmSync(temporary, { recursive: true, force: true });

/** Twice as long as the longest stage (containers) takes on a quiet machine; one that hangs fails instead. */
const STAGE_WITHIN_MS = 30 * 60_000;
/** The same for a file that runs beside others, which says a little before what it still has open. */
const FILE_WITHIN_MS = 6 * 60_000;
const SAYS_WHAT_IS_OPEN_BEFORE_MS = 30_000;

export const sumOf = (all: readonly Counts[]): Counts => ({
  passed: all.reduce((sum, { passed }) => sum + passed, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
  skipped: all.reduce((sum, { skipped }) => sum + skipped, 0),
  failures: all.flatMap(({ failures = [] }) => failures),
});

/** Where it says what it says (see child.ts), and how long it may take. */
export type Running = { output?: number; withinMs?: number };
export const run = (
  args: string[],
  env: NodeJS.ProcessEnv = {},
  { output, withinMs = STAGE_WITHIN_MS }: Running = {},
) => runNode(args, env, withinMs, output);

let outputs = 0;
/** What runs beside others is heard when it has ended, as a whole. */
export async function heardAtItsEnd<T>(work: (output: number) => Promise<T>): Promise<T> {
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
export const check =
  (...args: string[]) =>
  async (running: Running = {}): Promise<Counts> => {
    const good = (await run(args, {}, running)) === 0;
    return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
  };

export const both =
  (one: ReturnType<typeof check>, other: ReturnType<typeof check>) => async (running: Running) =>
    sumOf([await one(running), await other(running)]);

export function filesOf(patterns: readonly string[]): string[] {
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
  const within = running.withinMs ?? STAGE_WITHIN_MS;
  const args = [
    '--enable-source-maps',
    `--import=${path.join(import.meta.dirname, 'open-handles.ts')}`,
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
  const says = { OPEN_HANDLES_AFTER_MS: String(within - SAYS_WHAT_IS_OPEN_BEFORE_MS) };
  const code = await run(args, { ...environment, ...says }, running);
  // Who was ended because it hung has not counted.
  const failures = [{ what: files.join(' '), why: `exit code ${code}` }];
  const written = existsSync(counts) ? readFileSync(counts, 'utf8') : '';
  if (written === '') return { passed: 0, failed: 1, skipped: 0, failures };
  const counted = JSON.parse(written) as Counts;
  if (code !== 0 && counted.failed === 0) return { ...counted, failed: 1, failures };
  return counted;
}

export const nodeTests =
  (concurrency: number, ...patterns: string[]) =>
  (running: Running): Promise<Counts> =>
    runFiles(filesOf(patterns), concurrency, {}, running);

/** Each lane with its Kafka and Postgres; then, in the first, what runs alone. */
export async function integrationTests(...patterns: string[]): Promise<Counts> {
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

export async function playwright(...more: string[]): Promise<Counts> {
  const report = path.join(mkdtempSync(path.join(temporary, 'e2e-')), 'report.json');
  const code = await run([...PLAYWRIGHT, ...more], { PLAYWRIGHT_JSON_OUTPUT_NAME: report });
  const { stats, suites } = JSON.parse(readFileSync(report, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    suites: PlaywrightSuite[];
  };
  // A flaky test is a bug of ours: it counts as failed.
  const failed = stats.unexpected + stats.flaky;
  return {
    passed: stats.expected,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: stats.skipped,
    failures: suites.flatMap(failuresOf),
  };
}

type PlaywrightSuite = {
  specs: { file: string; title: string; tests: PlaywrightTest[] }[];
  suites?: PlaywrightSuite[];
};
type PlaywrightTest = {
  status: string;
  annotations: { type: string; description?: string }[];
  results: { errors: { message?: string }[] }[];
};
const failuresOf = ({ specs, suites = [] }: PlaywrightSuite): Failure[] => [
  ...specs.flatMap(({ file, title, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map((test) => ({ what: `e2e/${file}: ${title}`, why: saidBy(test) })),
  ),
  ...suites.flatMap(failuresOf),
];
const saidBy = ({ results, annotations }: PlaywrightTest): string =>
  stripVTControlCharacters(
    [
      ...annotations.flatMap(({ type, description }) =>
        type === LOGS_KEPT ? `${type}: ${description}` : [],
      ),
      ...results.flatMap(({ errors }) => errors.map(({ message = 'no message' }) => message)),
    ].join('\n'),
  );

/** Each lane with a stack; then what runs alone. */
export async function stories(): Promise<Counts> {
  const files = filesOf(['e2e/{*,failures/*}.spec.ts']);
  const together = files.filter((file) => !STORIES_ALONE.includes(file));
  const alone = files.filter((file) => STORIES_ALONE.includes(file));
  return sumOf([await playwright('--workers', String(LANES), ...together), await playwright(...alone)]);
}
