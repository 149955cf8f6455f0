/** `POST /v1/traces`: OTLP over HTTP, as JSON. */
import { isTransient } from '@sagakit/postgres/database-errors';
import { Problem, tryLater } from '@sagakit/service-kit/http/problem';
import { isJson, isUtf8Body } from '@sagakit/service-kit/http/protocol';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Telemetry } from './intake.ts';
import { ExportTraces } from './otlp.ts';

export const TRACES_PATH = '/v1/traces';
/** Also once it is unpacked. */
const MAX_BYTES = 4 * 1024 * 1024;

const onlyPost: RequestHandler = (request, _response, next) => {
  if (request.method === 'POST') return next();
  throw new Problem(405, `${TRACES_PATH} takes POST, not ${request.method}.`, { headers: { allow: 'POST' } });
};

const onlyJson: RequestHandler = (request, _response, next) => {
  if (isJson(request.headers['content-type'])) return next();
  const how = 'set OTEL_EXPORTER_OTLP_PROTOCOL=http/json, in a collector: encoding: json';
  throw new Problem(415, `Spans are taken as application/json, and not as protobuf: ${how}.`, {
    errors: [{ field: 'content-type', message: 'must be application/json' }],
    headers: { accept: 'application/json' },
  });
};

const refused: ErrorRequestHandler = (error, _request, _response, next) => {
  const { status, message } = error as { status?: unknown; message?: unknown };
  if (error instanceof Problem || typeof status !== 'number') return next(error);
  const words = status === 413 ? `A request may have ${MAX_BYTES} bytes, also unpacked.` : String(message);
  next(new Problem(status, words, { errors: [{ field: 'body', message: words }] }));
};

/** In their order. */
export const takeTraces = (telemetry: Telemetry): (RequestHandler | ErrorRequestHandler)[] => [
  onlyPost,
  onlyJson,
  express.json({ limit: MAX_BYTES, verify: isUtf8Body }),
  refused,
  take(telemetry),
];

const take =
  (telemetry: Telemetry): RequestHandler =>
  async (request, response) => {
    const body = ExportTraces.safeParse(request.body);
    if (!body.success) {
      const [issue] = body.error.issues;
      const field = issue?.path.join('.') || 'body';
      throw new Problem(400, 'It is no export of traces.', {
        errors: [{ field, message: issue?.message ?? '' }],
      });
    }
    const rejectedSpans = await telemetry.take(body.data).catch((error: unknown) => {
      if (isTransient(error)) throw tryLater('The database of the console is away.');
      throw error;
    });
    const partialSuccess = { rejectedSpans, errorMessage: 'some spans have no ids or no times' };
    response.json(rejectedSpans > 0 ? { partialSuccess } : {});
  };

const said = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { type: 'object', required: ['title', 'status'] } } },
});

export const describeTraces = () => ({
  post: {
    summary: 'Spans, as OTLP over HTTP in JSON; gzip is unpacked',
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      200: {
        description: 'They were looked at',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                partialSuccess: {
                  type: 'object',
                  properties: { rejectedSpans: { type: 'integer' }, errorMessage: { type: 'string' } },
                },
              },
            },
          },
        },
      },
      400: said('It is no export of traces'),
      413: said('It is longer than 4 MiB'),
      415: said('It is not JSON'),
      503: said('The database is away'),
    },
  },
});
