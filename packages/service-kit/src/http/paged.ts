/** Lists that are given page by page. */
import { z } from 'zod';
import { Problem } from './problem.ts';

/** As `query` of the list reads it. */
type Asked = { limit: number; cursor?: string | undefined };

/** `nextCursor` asks for the next page; there is none without it. */
export type Page<Item> = { items: Item[]; nextCursor?: string };

/** Up to `limit` rows, as the list is sorted; `after`: behind that place. */
type Find<Row, Place> = (page: { limit: number; after: Place | undefined }) => Promise<readonly Row[]>;

type Holds<Place> = Record<keyof Place, unknown>;

type Paged<Place> = {
  /** For the query of the endpoint. */
  query: { limit: z.ZodType<number>; cursor: z.ZodType<string | undefined> };
  /** The page, each row as it is shown. Throws a 400 that names `cursor` if it is not one of ours. */
  page<Row extends Holds<Place>, Item>(
    asked: Asked,
    find: Find<Row, Place>,
    show: (row: Row) => Item,
  ): Promise<Page<Item>>;
  /** @param placeOf for rows that do not hold their place themselves */
  page<Row extends object, Item>(
    asked: Asked,
    find: Find<Row, Place>,
    show: (row: Row) => Item,
    placeOf: (row: Row) => Holds<Place>,
  ): Promise<Page<Item>>;
};

/**
 * @param place what the list is sorted by, by name. Each row's is its own, and stays the same as long as the
 * row lives: so each row that fits is given once, whatever changes between two pages
 */
export function paged<Shape extends z.core.$ZodLooseShape>(
  place: z.ZodObject<Shape>,
  { most = 200, unasked = 50 } = {},
): Paged<z.infer<z.ZodObject<Shape>>> {
  const names = Object.keys(place.shape);
  const named = (row: object) =>
    Object.fromEntries(names.map((name) => [name, (row as Record<string, unknown>)[name]]));
  return {
    query: {
      limit: z.coerce.number().int().min(1).max(most).default(unasked),
      cursor: z.string().max(500).optional(),
    },
    async page<Row extends object, Item>(
      { limit, cursor }: Asked,
      find: Find<Row, z.infer<z.ZodObject<Shape>>>,
      show: (row: Row) => Item,
      placeOf: (row: Row) => object = named,
    ) {
      // One more than was asked for: only if that one is there is there a next page.
      const rows = await find({ limit: limit + 1, after: decode(place, cursor) });
      const given = rows.slice(0, limit);
      const last = given.at(-1);
      const next = last && rows.length > limit ? { nextCursor: encode(placeOf(last)) } : {};
      return { items: given.map(show), ...next };
    },
  };
}

/** Opaque to clients. */
const encode = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function decode<Place>(place: z.ZodType<Place>, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem(400, 'The cursor is not one that this service gave out.', {
      errors: [{ field: 'cursor', message: 'is not a cursor of this list' }],
    });
  }
}
