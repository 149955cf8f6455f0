import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { paged } from '../src/http/paged.ts';
import type { Problem } from '../src/http/problem.ts';

const byName = paged(z.object({ name: z.string(), number: z.number() }), { most: 3, unasked: 2 });
const ROWS = ['a', 'b', 'c', 'd', 'e'].map((name, number) => ({ name, number, note: 'not of its place' }));
const find = async ({ limit, after }: { limit: number; after: { name: string } | undefined }) =>
  ROWS.filter(({ name }) => after === undefined || name > after.name).slice(0, limit);

const asIs = <Row>(row: Row) => row;

describe('a list in pages', () => {
  it('gives each row once, and no next page behind the last row', async () => {
    const first = await byName.page({ limit: 2 }, find, asIs);
    const second = await byName.page({ limit: 2, cursor: first.nextCursor }, find, asIs);
    const third = await byName.page({ limit: 2, cursor: second.nextCursor }, find, asIs);
    assert.deepEqual([first.items, second.items, third.items].flat(), ROWS);
    assert.deepEqual(Object.keys(third), ['items']);
  });
  it('shows its rows as it is told', async () => {
    const { items } = await byName.page({ limit: 2 }, find, ({ name }) => name.toUpperCase());
    assert.deepEqual(items, ['A', 'B']);
  });
  it('has no next page where the last one is full', async () => {
    const { items, ...next } = await byName.page({ limit: 5 }, find, asIs);
    assert.deepEqual([items, next], [ROWS, {}]);
  });
  it('looks behind the whole place of the last row, and nothing else of it', async () => {
    const { nextCursor } = await byName.page({ limit: 1 }, find, asIs);
    const seen: unknown[] = [];
    const noting = async (page: object) => {
      seen.push(page);
      return ROWS.slice(0, 0);
    };
    await byName.page({ limit: 1, cursor: nextCursor }, noting, asIs);
    assert.deepEqual(seen, [{ limit: 2, after: { name: 'a', number: 0 } }]);
  });
  it('takes the place of rows that do not hold it themselves', async () => {
    const rows = async () => ROWS.map((row) => ({ row }));
    const placeOf = ({ row: { name, number } }: { row: (typeof ROWS)[number] }) => ({ name, number });
    const { nextCursor } = await byName.page({ limit: 1 }, rows, asIs, placeOf);
    assert.equal(nextCursor, (await byName.page({ limit: 1 }, find, asIs)).nextCursor);
  });
  it('is as long as was asked for, or as the list says', () => {
    const { limit } = byName.query;
    assert.deepEqual([limit.parse('3'), limit.parse(undefined)], [3, 2]);
    for (const wrong of ['0', '4', '1.5', 'x']) assert.ok(!limit.safeParse(wrong).success, wrong);
  });
});

describe('a cursor', () => {
  it('of somebody else is refused with 400', async () => {
    for (const cursor of ['', '%%%', 'eyJhIjoxfQ', 'null'])
      await assert.rejects(
        byName.page({ limit: 1, cursor }, find, asIs),
        (error: Problem) => error.status === 400,
      );
  });
});
