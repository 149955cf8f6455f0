import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Model } from '../../console/src/api-model.ts';
import { comparisonLines, rebuildLine, statusLines } from './words.ts';

const at = '2026-11-26T08:00:00.000Z';
const generation = { projection: 1, startedAt: at, messages: 0, positions: [] };
const model: Model = {
  kafka: { state: 'joined' },
  reading: { state: 'current', behindSeconds: 2 },
  generations: [
    { ...generation, id: 1, state: 'retired', read: 1590, bytes: 12_345_678 },
    { ...generation, id: 2, state: 'active', switchedAt: at, read: 1600, bytes: 500_000 },
  ],
  rebuild: { state: 'reading', startedAt: at, progress: 0.456, recordsPerSecond: 12_000, leftSeconds: 7 },
  spans: { kept: 1200, dropped: 3, why: 'The newest.' },
};

describe('the words about the read model', () => {
  it('say what is shown, how far it is, and how large', () => {
    assert.deepEqual(statusLines(model), [
      'kafka          joined, behind by 2 s',
      'generation 1   was shown before; it goes ten minutes after the switch, 1,590 records read, 12.3 MB, projection 1',
      `generation 2   is shown since ${at}, 1,600 records read, 0.5 MB, projection 1`,
      'rebuild: 45 %, 12,000 records/s, 7 s left',
      'spans          1,200 kept, 3 dropped. The newest.',
    ]);
    const first = (change: Pick<Model, 'kafka' | 'reading'>) => statusLines({ ...model, ...change })[0];
    assert.match(
      first({ kafka: { state: 'away' }, reading: { state: 'away' } }) ?? '',
      /away, how far behind is not known/,
    );
    assert.match(
      first({ kafka: { state: 'joined' }, reading: { state: 'catching-up', behindSeconds: 40 } }) ?? '',
      /joined, catching up, behind by 40 s/,
    );
  });

  it('say how a rebuild ended, and what is shown then', () => {
    const ended = (state: 'switched' | 'unequal' | 'failed') =>
      rebuildLine({ rebuild: { state, startedAt: at, progress: 1, recordsPerSecond: 1, error: 'no space' } });
    assert.match(ended('switched') ?? '', /done, the new generation is shown/);
    assert.match(ended('unequal') ?? '', /not equal, so the old one is still shown/);
    assert.match(ended('failed') ?? '', /failed \(no space\); the old generation is still shown/);
    assert.equal(rebuildLine({}), undefined);
  });

  it('name what differs', () => {
    const table = { table: 'story', hashes: ['1', '2'] as [string, string] };
    assert.deepEqual(
      comparisonLines({
        at,
        generations: [1, 2],
        equal: false,
        tables: [
          { ...table, rows: [5, 6], equal: false, differing: ['a', 'b'] },
          { ...table, table: 'message', rows: [1000, 1000], equal: true, differing: [] },
        ],
      }),
      [
        `generations 1 and 2 are NOT equal at ${at}`,
        '  story        DIFFERS, 5 and 6 rows: a, b',
        '  message      equal, 1,000 rows',
      ],
    );
  });
});
