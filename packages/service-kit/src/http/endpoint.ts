import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Access, Caller } from './auth/access.ts';
import { type FieldError, Problem } from './problem.ts';

type Inputs = { params?: z.ZodType; query?: z.ZodType; headers?: z.ZodType; body?: z.ZodType };
type Parsed<I extends Inputs> = { [K in keyof I]: I[K] extends z.ZodType ? z.infer<I[K]> : never };

export type Reply = { status: number; body: unknown; headers?: Record<string, string | string[]> };

/**
 * One call of a service's HTTP interface: what it takes (checked before `handle` runs), what it responds, and
 * the doing.
 */
export type Endpoint = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** Express style: `/bookings/:bookingId`. */
  path: string;
  summary: string;
  /** Who may make it. */
  access: Access;
  inputs: Inputs;
  /** What each status means, for /openapi.json. */
  responses: Record<number, string>;
  handle(raw: RawRequest): Promise<Reply>;
};

export type RawRequest = {
  params: unknown;
  query: unknown;
  headers: IncomingHttpHeaders;
  body: unknown;
  caller: Caller;
};

/**
 * Defines an endpoint. Inputs that do not fit are answered before `handle` is called: an unknown path 404, a
 * bad query or header 400, a bad body 422, each naming its fields.
 */
export function endpoint<I extends Inputs>(options: {
  method: Endpoint['method'];
  path: string;
  summary: string;
  access: Access;
  inputs: I;
  responses: Record<number, string>;
  handle(input: Parsed<I>, headers: IncomingHttpHeaders, caller: Caller): Promise<Reply>;
}): Endpoint {
  return {
    ...options,
    async handle(raw) {
      const { params, query, headers, body } = options.inputs;
      const input = {
        ...(params ? { params: parse(params, raw.params, 404, 'There is nothing of that name.', '') } : {}),
        ...(query ? { query: parse(query, given(raw.query), 400, 'The query does not fit.', '') } : {}),
        ...(headers
          ? { headers: parse(headers, raw.headers, 400, 'A header is missing or does not fit.', '') }
          : {}),
        ...(body ? { body: parse(body, raw.body, 422, 'The body does not fit.', 'body') } : {}),
      };
      return options.handle(input as Parsed<I>, raw.headers, raw.caller);
    },
  };
}

/** An empty parameter is as if it were absent. */
function given(query: unknown): unknown {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.every(isEmpty));
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => !isEmpty(value)));
}

const MAX_ERRORS_SHOWN = 20;

function parse(schema: z.ZodType, value: unknown, status: number, detail: string, whole: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem(status, detail, { errors: fieldErrors(result.error, whole) });
}

function fieldErrors(error: z.ZodError, whole: string): FieldError[] {
  return error.issues.slice(0, MAX_ERRORS_SHOWN).flatMap((issue) => {
    const at = issue.path.map(String);
    // A key that is not known is the field, not the object that it stands in.
    const names =
      issue.code === 'unrecognized_keys'
        ? issue.keys.slice(0, MAX_ERRORS_SHOWN).map((key) => [...at, key])
        : [at];
    return names.map((path) => ({ field: path.join('.') || whole, message: issue.message }));
  });
}

/** A page of a list: `limit` items, and where the next page begins. */
export const Paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
};

/**
 * A page made of one row more than was asked for: only if that one is there is there a next page.
 *
 * @param keyOf what the list is sorted by. Each row's is its own, and stays the same as long as the row
 *   lives: so each row that fits is given once, whatever changes between two pages
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => object,
): { items: Row[]; nextCursor?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(last && rows.length > limit ? { nextCursor: encodeCursor(keyOf(last)) } : {}) };
}

/** A cursor is opaque to clients: the last item's sort key. */
export function encodeCursor(key: object): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws a 400 that names `cursor` if it is not one of ours. */
export function decodeCursor<S extends z.ZodType>(
  schema: S,
  cursor: string | undefined,
): z.infer<S> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem(400, 'The cursor is not one that this service gave out.', {
      errors: [{ field: 'cursor', message: 'is not a cursor of this list' }],
    });
  }
}
