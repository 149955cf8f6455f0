/**
 * Endpoints of the console: what each answers is a schema, for /openapi.json; what can be asked again has an
 * ETag.
 */
import { createHash } from 'node:crypto';
import type { Access } from '@sagakit/service-kit/http/auth/access';
import { type Endpoint, endpoint, type Reply } from '@sagakit/service-kit/http/endpoint';
import { openApiOf } from '@sagakit/service-kit/http/openapi';
import { z } from 'zod';
import { Problem as ProblemSchema } from '../api.ts';

export type ConsoleEndpoint = Endpoint & { schema: z.ZodType; contentType: string };

type Inputs = Endpoint['inputs'];

/**
 * As `endpoint`, open to everybody if it says nothing else, and with what a good answer is. What is read is
 * asked again if the generation in which it was looked for was dropped meanwhile.
 */
export function answering<I extends Inputs>(
  schema: z.ZodType,
  { access = 'open', ...options }: Omit<Parameters<typeof endpoint<I>>[0], 'access'> & { access?: Access },
): ConsoleEndpoint {
  const handle: typeof options.handle =
    options.method === 'get' ? (...asked) => pastDrops(async () => options.handle(...asked)) : options.handle;
  return { ...endpoint<I>({ ...options, access, handle }), schema, contentType: 'application/json' };
}

/** No such table, no such schema. */
const DROPPED = new Set<unknown>(['42P01', '3F000']);
/** Between two drops a generation is built; who asks again meets no other. */
const LOOKS_AGAIN = 2;

async function pastDrops<T>(look: () => Promise<T>, again = LOOKS_AGAIN): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (again === 0 || !DROPPED.has((error as { code?: unknown } | undefined)?.code)) throw error;
    return pastDrops(look, again - 1);
  }
}

/** A good answer to GET: 304 if the caller has it already. */
export function withEtag(body: unknown, headers: { 'if-none-match'?: string | undefined }): Reply {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const sent = { etag, 'cache-control': 'private, no-cache' };
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, body: '', headers: sent };
  return { status: 200, body: text, headers: { ...sent, 'content-type': 'application/json; charset=utf-8' } };
}

type Json = Record<string, unknown>;
type Operation = { responses: Record<string, Json> };

const outputOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Json;
  return json;
};

/** The OpenAPI description with a schema for every answer. */
export function describeAll(
  title: string,
  endpoints: readonly Endpoint[],
  extra: Record<string, Json>,
): Json {
  const described = openApiOf(title, endpoints) as Json & {
    paths: Record<string, Record<string, Operation>>;
  };
  const problem = outputOf(ProblemSchema);
  for (const one of endpoints) {
    const operation = described.paths[one.path.replace(/:(\w+)/g, '{$1}')]?.[one.method];
    for (const [status, response] of Object.entries(operation?.responses ?? {})) {
      if (status === '304') delete response['content'];
      else if (Number(status) >= 400)
        response['content'] = { 'application/problem+json': { schema: problem } };
      else if ('schema' in one) {
        const { schema, contentType } = one as ConsoleEndpoint;
        response['content'] = { [contentType]: { schema: outputOf(schema) } };
      }
    }
  }
  return { ...described, paths: { ...described.paths, ...extra } };
}
