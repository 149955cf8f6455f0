/**
 * `npm run mutate [-- WORDS]`: changes the pure cores, in a copy, in thousands of small ways (StrykerJS), and
 * sees that a unit test notices each. With words only the files whose path contains them. Ends 1 where a core
 * is below its share; names what nobody noticed, and sums up in a table.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StackError } from '../stack/stack-error.ts';
import { ROOT } from '../stack/state.ts';
import { type Scratch, scratchCopy } from '../prove/scratch.ts';
import { commandLine } from '../command-line.ts';
import { runTool } from '../run-tool.ts';
import { type Core, CORES } from './cores.ts';
import { KNOWN } from './known.ts';
import { HEAD, placeOf, rowOf, tally, type Mutant } from './tally.ts';

/** Of the mutants that compile, per core. */
const SHARE_TO_NOTICE = 0.95;

const bin = (file: string) => path.join(ROOT, 'node_modules', file);

function run(
  args: string[],
  cwd: string,
  stdio: 'inherit' | 'pipe' = 'inherit',
): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    // Its own processes find Node by the path.
    const env = {
      ...process.env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
    };
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', stdio, 'inherit'] });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
    child.once('close', (code) => resolve({ code: code ?? 1, said }));
  });
}

type Report = { files: Record<string, { source: string; mutants: Omit<Mutant, 'file' | 'line'>[] }> };

/** Every mutant and what became of it. The project's files in the copy are as before afterwards. */
async function mutantsOf(scratch: Scratch, { name, tests }: Core, files: string[]): Promise<Mutant[]> {
  const report = path.join(scratch.dir, 'mutants.json');
  const settings = {
    plugins: ['@stryker-mutator/tap-runner'],
    mutate: files,
    testRunner: 'tap',
    tap: { testFiles: tests, nodeArgs: ['--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'] },
    coverageAnalysis: 'perTest',
    // Packages are linked into the copy: Stryker's own copy of it would load the files that are not changed.
    inPlace: true,
    concurrency: Number(process.env['MUTATE_CONCURRENCY'] ?? 1),
    timeoutMS: 10_000,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
    disableTypeChecks: false,
  };
  writeFileSync(path.join(scratch.dir, 'stryker.json'), JSON.stringify(settings));
  const { code } = await run(
    [bin('@stryker-mutator/core/bin/stryker.js'), 'run', 'stryker.json'],
    scratch.dir,
  );
  if (code !== 0) throw new StackError('mutate', `Stryker ended with ${code} (${name}): see above`);
  const { files: found } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return Object.entries(found).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({
      ...mutant,
      file,
      line: source.split('\n')[mutant.location.start.line - 1]?.trim() ?? '',
    })),
  );
}

/**
 * Those that the compiler refuses: each stands as a file of its own beside the one that it was made of, and
 * one run judges them all.
 */
async function refusedByCompiler(scratch: Scratch, mutants: readonly Mutant[]): Promise<Set<Mutant>> {
  const copies = new Map<string, Mutant>();
  for (const [at, mutant] of mutants.entries()) {
    const copy = mutant.file.replace(/\.ts$/, `.mutant${at}.ts`);
    copies.set(copy, mutant);
    writeFileSync(
      path.join(scratch.dir, copy),
      changed(readFileSync(path.join(scratch.dir, mutant.file), 'utf8'), mutant),
    );
  }
  const { said } = await run(
    [bin('typescript/bin/tsc'), '-p', '.', '--pretty', 'false'],
    scratch.dir,
    'pipe',
  );
  return new Set(
    [...said.matchAll(/^(\S+\.mutant\d+\.ts)\(/gm)].flatMap(([, file]) => copies.get(file ?? '') ?? []),
  );
}

function changed(source: string, { location: { start, end }, replacement = '' }: Mutant): string {
  const lines = source.split('\n');
  const offset = ({ line, column }: typeof start) =>
    lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return source.slice(0, offset(start)) + replacement + source.slice(offset(end));
}

async function mutate(core: Core, files: string[]): Promise<{ good: boolean; row: string }> {
  const scratch = scratchCopy();
  try {
    const mutants = await mutantsOf(scratch, core, files);
    const left = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
    const refused = await refusedByCompiler(scratch, left);
    const sum = tally(mutants, refused, KNOWN);
    for (const mutant of sum.unnamed)
      console.log(
        `NOT NOTICED  ${placeOf(mutant)}: ${mutant.line}\n             ${mutant.mutatorName}: ${mutant.replacement}`,
      );
    const row = rowOf(core.name, sum);
    console.log(`${row}\n`);
    return { good: sum.noticed >= sum.all * SHARE_TO_NOTICE, row };
  } finally {
    scratch.remove();
  }
}

const USAGE = `npm run mutate [-- WORDS]

Changes the pure cores, in a copy, in thousands of small ways, and sees that a unit test notices each (StrykerJS).
With words only the files whose path contains one of them. MUTATE_CONCURRENCY: how many at a time.`;

async function main(): Promise<boolean> {
  const { positionals: words } = commandLine(USAGE, {});
  const wanted = (file: string) => words.length === 0 || words.some((word) => file.includes(word));
  const cores = CORES.map((core) => ({
    core,
    files: globSync([...core.mutate], { cwd: ROOT })
      .filter(wanted)
      .sort(),
  }));
  if (cores.every(({ files }) => files.length === 0))
    throw new StackError('mutate', `no file of the cores contains ${words.join(' or ')}`);
  const results = [];
  for (const { core, files } of cores) if (files.length > 0) results.push(await mutate(core, files));
  console.log([HEAD, ...results.map(({ row }) => row)].join('\n'));
  return results.every(({ good }) => good);
}

runTool(main);
