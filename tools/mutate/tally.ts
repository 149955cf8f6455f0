/** What the mutants of a core say about its tests. Pure. */
export type Mutant = {
  file: string;
  /** The line that it begins on, as it was. */
  line: string;
  location: { start: { line: number; column: number }; end: { line: number; column: number } };
  mutatorName: string;
  replacement?: string;
  status:
    | 'Killed'
    | 'Timeout'
    | 'Survived'
    | 'NoCoverage'
    | 'RuntimeError'
    | 'CompileError'
    | 'Ignored'
    | 'Pending';
};

/**
 * A mutant that no unit test notices, and why that is no want of a test. Known by its line's text, so that it
 * may move.
 */
export type Known = { file: string; line: string; becomes: string; because: string };

export type Tally = {
  noticed: number;
  /**
   * Of those that are noticed: the tests did not end. On a machine that is very busy another may be among
   * them.
   */
  endless: number;
  /** All that compile. */
  all: number;
  named: number;
  unnamed: Mutant[];
};

const isNamed = ({ file, line, replacement }: Mutant, known: readonly Known[]) =>
  known.some((one) => file.endsWith(one.file) && one.line === line && one.becomes === replacement);

/** @param refused those that the compiler refuses: nobody can write them */
export function tally(
  mutants: readonly Mutant[],
  refused: ReadonlySet<Mutant>,
  known: readonly Known[],
): Tally {
  const judged = mutants.filter(
    (mutant) => !refused.has(mutant) && mutant.status !== 'CompileError' && mutant.status !== 'Ignored',
  );
  const left = judged.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const unnamed = left.filter((mutant) => !isNamed(mutant, known));
  const endless = judged.filter(({ status }) => status === 'Timeout').length;
  return {
    noticed: judged.length - left.length,
    endless,
    all: judged.length,
    named: left.length - unnamed.length,
    unnamed,
  };
}

const percent = (part: number, whole: number) => `${((part / whole) * 100).toFixed(1)} %`;

/** One row of a table in Markdown: the share of all, and of those that are not named. */
export const rowOf = (name: string, { noticed, endless, all, named, unnamed }: Tally): string =>
  `| ${[name, all, noticed, endless, percent(noticed, all), named, unnamed.length, percent(noticed, all - named)].join(' | ')} |`;

export const HEAD = `| group | mutants that compile | noticed | of those by never ending | share | named | left | share without the named |
|---|---|---|---|---|---|---|---|`;

export const placeOf = ({ file, location: { start } }: Mutant): string =>
  `${file}:${start.line}:${start.column}`;
