/**
 * `npm run prove [-- 'WORDS' ...] [--kind unit|integration|e2e] [--list]`: takes each mechanism out, in a
 * copy, and sees its test fail. A test that does not notice proves nothing. With words only the rows whose
 * failure contains one of the texts, with a kind only those with such a test; `--list` only says which these
 * are.
 */
import { StackError } from '../stack/stack-error.ts';
import { withInfrastructure } from '../test/infrastructure.ts';
import type { Mechanism } from './mechanism.ts';
import { MECHANISMS } from './mechanisms.ts';
import { runTest } from './run-test.ts';
import { scratchCopy } from './scratch.ts';
import { commandLine } from '../command-line.ts';
import { runTool } from '../run-tool.ts';

type Verdict = 'noticed' | 'NOT NOTICED' | 'FAILS ANYWAY';

async function prove(rows: readonly Mechanism[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const scratch = scratchCopy();
  const whole = new Map<string, Awaited<ReturnType<typeof runTest>>>();

  async function proveOne({ file, cut, paste, test }: Mechanism): Promise<[Verdict, why?: string]> {
    const asked = JSON.stringify(test);
    const before = whole.get(asked) ?? (await runTest(scratch.dir, test, environment));
    whole.set(asked, before);
    // A test that fails with everything in place proves nothing either.
    if (!before.passes) return ['FAILS ANYWAY', before.failure];
    const restore = scratch.replace(file, cut, paste);
    const without = await runTest(scratch.dir, test, environment);
    restore();
    return [without.passes ? 'NOT NOTICED' : 'noticed'];
  }

  let noticed = 0;
  try {
    for (const row of rows) {
      const began = performance.now();
      const [verdict, why] = await proveOne(row);
      if (verdict === 'noticed') noticed++;
      const seconds = ((performance.now() - began) / 1_000).toFixed(0);
      console.log(`${verdict.padEnd(13)} ${seconds.padStart(3)} s  ${inWords(row)}`);
      if (why !== undefined) console.log(why.replaceAll(/^/gm, '    '));
    }
  } finally {
    scratch.remove();
  }
  console.log(`${noticed} of ${rows.length} noticed`);
  return noticed === rows.length;
}

const inWords = ({ failure, mechanism, test }: Mechanism) =>
  `${test.kind.padEnd(11)} ${failure}: without ${mechanism}, ${test.file} ${test.name ?? ''}`.trimEnd();

const USAGE = `npm run prove [-- 'WORDS' ...] [--kind unit|integration|e2e] [--list]

Takes each mechanism out, in a copy, and sees its test fail. With words only those whose failure contains one of the texts.

  --kind KIND   only those with a test of that kind
  --list        only say which these are`;

function options(): { texts: string[]; kind: string | undefined; list: boolean } {
  const { values, positionals } = commandLine(USAGE, {
    kind: { type: 'string' },
    list: { type: 'boolean', default: false },
  });
  return { texts: positionals, kind: values.kind, list: values.list };
}

async function main(): Promise<boolean> {
  const { texts, kind, list } = options();
  const rows = MECHANISMS.filter(
    ({ failure, test }) =>
      (texts.length === 0 || texts.some((text) => failure.includes(text))) &&
      (kind === undefined || test.kind === kind),
  );
  if (rows.length === 0) {
    const of = kind === undefined ? '' : ` with a test of kind ${kind}`;
    throw new StackError('prove', `no failure${of} contains "${texts.join('" or "')}"`);
  }
  if (list) {
    for (const row of rows) console.log(inWords(row));
    return true;
  }
  const needsStack = rows.some(({ test }) => test.kind === 'integration');
  return needsStack ? withInfrastructure((variables) => prove(rows, variables)) : prove(rows, {});
}

runTool(main);
