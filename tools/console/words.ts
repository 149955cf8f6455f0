/** What the console says about its read model, in words for an operator. Pure. */
import type { Comparison, Generation, Model } from '../../console/src/api-model.ts';

const number = (value: number) => value.toLocaleString('en-US');
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function generationLine({ id, projection, state, startedAt, switchedAt, read, bytes }: Generation): string {
  const since =
    state === 'active'
      ? `is shown since ${switchedAt ?? startedAt}`
      : state === 'building'
        ? `is being built since ${startedAt}`
        : 'was shown before; it goes ten minutes after the switch';
  return `generation ${id}   ${since}, ${number(read)} records read, ${megabytes(bytes)}, projection ${projection}`;
}

/** Undefined: none is known since the console started. */
export function rebuildLine({ rebuild }: Pick<Model, 'rebuild'>): string | undefined {
  if (!rebuild) return undefined;
  const { state, progress, recordsPerSecond, leftSeconds, error } = rebuild;
  const left = leftSeconds === undefined ? '' : `, ${leftSeconds} s left`;
  switch (state) {
    case 'reading':
      return `rebuild: ${Math.floor(progress * 100)} %, ${number(recordsPerSecond)} records/s${left}`;
    case 'comparing':
      return 'rebuild: all is read, the two are compared';
    case 'switched':
      return 'rebuild: done, the new generation is shown';
    case 'unequal':
      return 'rebuild: done, but the two are not equal, so the old one is still shown';
    case 'failed':
      return `rebuild: failed (${error}); the old generation is still shown`;
  }
}

export function comparisonLines({ at, generations, equal, tables }: Comparison): string[] {
  const head = `generations ${generations.join(' and ')} ${equal ? 'are equal' : 'are NOT equal'} at ${at}`;
  const rows = tables.map(({ table, rows: [a, b], equal: same, differing }) => {
    const counts = a === b ? `${number(a)} rows` : `${number(a)} and ${number(b)} rows`;
    const keys = differing.length > 0 ? `: ${differing.join(', ')}` : '';
    return `  ${table.padEnd(12)} ${same ? 'equal' : 'DIFFERS'}, ${counts}${keys}`;
  });
  return [head, ...rows];
}

export function statusLines(model: Model): string[] {
  const { kafka, reading, generations, comparison, spans } = model;
  const { behindSeconds, state } = reading;
  const behind = behindSeconds === undefined ? 'how far behind is not known' : `behind by ${behindSeconds} s`;
  const catching = state === 'catching-up' ? 'catching up, ' : '';
  const rebuild = rebuildLine(model);
  return [
    `kafka          ${kafka.state}, ${catching}${behind}`,
    ...generations.map(generationLine),
    ...(rebuild ? [rebuild] : []),
    ...(comparison ? comparisonLines(comparison) : []),
    ...(spans
      ? [`spans          ${number(spans.kept)} kept, ${number(spans.dropped)} dropped. ${spans.why}`]
      : []),
  ];
}
