/**
 * `npm test`: every check and test there is, or the stages named: `npm test -- unit contract`. Ends with one
 * line that sums up all runners. `npm run repeat -- 10 integration`: the same so often.
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import { commandLine } from '../command-line.ts';
import { onInterruption, runTool } from '../run-tool.ts';
import { StackError } from '../stack/stack-error.ts';
import { ROOT } from '../stack/state.ts';
import { bringBrowser, NO_BROWSER } from './browser.ts';
import { withContainers } from './compose.ts';
import { inLanes, LANES } from './lanes.ts';
import {
  both,
  check,
  type Counts,
  type Failure,
  filesOf,
  heardAtItsEnd,
  integrationTests,
  nodeTests,
  playwright,
  removeTemporary,
  run,
  type Running,
  stories,
  sumOf,
} from './runners.ts';

const bin = (file: string) => path.join(ROOT, 'node_modules', file);

/** The console's page against recorded stories, then on a real stack. */
async function inBrowser(): Promise<Counts> {
  if (!(await bringBrowser((text) => console.log(`  ${text}`)))) {
    console.log(`skipped: ${NO_BROWSER}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  await run(['console/web/build.ts']);
  const of = (folder: string) => playwright('--config', `${folder}/playwright.config.ts`);
  return sumOf([await of('e2e/browser'), await of('e2e/browser/stack')]);
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
  /** Part of another stage. */
  onlyByName?: true;
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
  stories: {
    says: 'stories of customers, which are part of e2e',
    run: () => playwright('--workers', String(LANES), ...filesOf(['e2e/*.spec.ts'])),
    onlyByName: true,
  },
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

const HOW_OFTEN = 'how often? npm run repeat -- 10 integration';

const usage = () => `npm test [-- STAGE ...]             every test, or those stages
npm run repeat -- N [STAGE ...]     the same N times (npm test -- --times N)
npm run check                       the stages that run nothing: lint, types, borders, unused
npm run test:compose                the stage compose alone

stages:
${Object.entries(STAGES)
  .map(
    ([name, { says, onlyByName }]) => `  ${name.padEnd(12)} ${says}${onlyByName ? '; only by its name' : ''}`,
  )
  .join('\n')}`;

function stagesOf(): { names: string[]; times: number } {
  // `npm run repeat` alone.
  if (process.argv.at(-1) === '--times') throw new StackError('test', HOW_OFTEN);
  const { values, positionals: given } = commandLine(usage(), { times: { type: 'string', default: '1' } });
  const times = Number(values.times);
  if (!(times >= 1)) throw new StackError('test', HOW_OFTEN);
  for (const name of given)
    if (!STAGES[name])
      throw new StackError('test', `there is no stage ${name}; there are ${Object.keys(STAGES).join(', ')}`);
  const usual = Object.keys(STAGES).filter((name) => !STAGES[name]?.onlyByName);
  return { names: given.length > 0 ? given : usual, times };
}

const LINES_OF_A_FAILURE = 12;

/** What failed, how often, and what it said: who sees nothing but the end of a log can begin with that. */
function listFailures(failures: readonly Failure[], times: number): void {
  for (const [what, all] of Map.groupBy(failures, (failure) => failure.what)) {
    console.log(`  ${times > 1 ? `${all.length} of ${times}: ` : ''}${what}`);
    for (const why of new Set(all.map((failure) => failure.why)))
      for (const line of why.split('\n').slice(0, LINES_OF_A_FAILURE))
        console.log(`    ${line.slice(0, 500)}`);
  }
}

async function main(): Promise<boolean> {
  onInterruption(async () => removeTemporary());
  const { names, times } = stagesOf();
  const all: Counts[] = [];
  const began = Date.now();
  const failed = new Set<string>();
  for (let time = 1; time <= times; time++) {
    if (times > 1) console.log(`\n=== ${time} of ${times}`);
    for (const group of inGroups(names)) {
      const counts = await runGroup(group.map((name) => STAGES[name]) as [Stage, ...Stage[]]);
      all.push(...counts);
      for (const [place, name] of group.entries()) if ((counts[place]?.failed ?? 0) > 0) failed.add(name);
    }
  }
  removeTemporary();
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  const { passed, failed: failures, skipped, failures: named = [] } = sumOf(all);
  console.log(`\n${failed.size > 0 ? `failed: ${[...failed].join(', ')}; ` : ''}${seconds} s`);
  listFailures(named, times);
  console.log(`${passed} passed, ${failures} failed, ${skipped} skipped`);
  return failures === 0 && passed > 0;
}

runTool(main);
