import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
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
