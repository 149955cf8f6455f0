import { briefly, isTransient } from '@sagakit/postgres/database-errors';
import { IncompatibleReleaseError } from '@sagakit/messaging/aggregate/decision';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { Caller } from './auth/access.ts';
import type { Authorize } from './auth/authorize.ts';
import type { Endpoint } from './endpoint.ts';
import { openApiOf } from './openapi.ts';
import { Problem, tryLater } from './problem.ts';
import {
  allow,
  hasHost,
  isUtf8Body,
  jsonBodies,
  knownExpectation,
  knownVersion,
  onceOnly,
} from './protocol.ts';
import { createRefusalLog } from './refusals.ts';

const MAX_BODY = '64kb';

export type HttpAppOptions = {
  /** Of the OpenAPI description: the system and the service. */
  title: string;
  endpoints: readonly Endpoint[];
  authorize: Authorize;
  log: Logger;
  /**
   * Told of each request when it is answered. `route`: the path as the endpoint defines it; `other`: there is
   * none.
   */
  onAnswered(request: { method: string; route: string; status: number; seconds: number }): void;
};

export function createHttpApp({
  title,
  endpoints,
  authorize,
  log,
  onAnswered,
}: HttpAppOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response, next) => {
    const began = performance.now();
    response.once('finish', () => {
      const { path: route = 'other' } = (request.route ?? {}) as { path?: string };
      onAnswered({
        method: request.method,
        route,
        status: response.statusCode,
        seconds: (performance.now() - began) / 1000,
      });
    });
    next();
  });
  app.use(knownVersion, hasHost, onceOnly, knownExpectation);
  for (const endpoint of endpoints) serve(app, endpoint, authorize);
  const openApi = openApiOf(title, endpoints);
  app.get('/openapi.json', (_request, response) => void response.json(openApi));
  for (const [path, methods] of methodsByPath([...endpoints, { method: 'get', path: '/openapi.json' }])) {
    app.all(path, allow(methods));
  }
  app.use((request) => {
    throw new Problem(
      404,
      `${request.method} ${request.path} is not a call of this service; see /openapi.json.`,
    );
  });
  const answer = answerProblem(log);
  app.use(answer);
  // Where the target is no URL Express finds no path, and would go by all of the above.
  const noPath = new Problem(400, 'The target of the request is no path.', {
    errors: [{ field: 'path', message: 'is none' }],
  });
  return (request, response) =>
    app(request as express.Request, response as express.Response, (error?: unknown) =>
      answer(error ?? noPath, request as express.Request, response as express.Response, () =>
        response.destroy(),
      ),
    );
}

const json = [
  jsonBodies,
  express.json({ limit: MAX_BODY, strict: false, type: () => true, verify: isUtf8Body }),
];

function serve(app: express.Express, endpoint: Endpoint, authorize: Authorize): void {
  // Of who may not call no body is read.
  const authorized: RequestHandler = async ({ headers }, response, next) => {
    response.locals['caller'] = await authorize(endpoint.access, headers);
    next();
  };
  app[endpoint.method](
    endpoint.path,
    authorized,
    // Also where the body is not looked at: what is no JSON is a mistake of the client that it should hear
    // of.
    ...(endpoint.method === 'get' ? [] : json),
    async (request, response) => {
      const { params, query, headers, body } = request;
      const caller = response.locals['caller'] as Caller;
      const reply = await endpoint.handle({ params, query, headers, body, caller });
      response.status(reply.status).set(reply.headers ?? {});
      if (typeof reply.body === 'string') response.send(reply.body);
      else response.json(reply.body);
    },
  );
}

function methodsByPath(endpoints: readonly Pick<Endpoint, 'method' | 'path'>[]): Map<string, string[]> {
  const byPath = Map.groupBy(endpoints, ({ path }) => path);
  return new Map([...byPath].map(([path, calls]) => [path, calls.map(({ method }) => method)]));
}

/** Every error becomes problem+json. What went wrong inside is logged and not shown. */
function answerProblem(log: Logger): ErrorRequestHandler {
  const refused = createRefusalLog(log);
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    if (problem.status === 503) refused(error as Error, problem.message);
    else if (problem.status >= 500)
      log.error({ err: error, method: request.method, path: request.url.split('?', 1)[0] }, 'request failed');
    response
      .status(problem.status)
      .set(problem.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problem));
  };
}

/**
 * What the body parser and the router throw carries its status; what the database throws may be better in a
 * moment.
 */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { status, type, message } = error as { status?: unknown; type?: unknown; message?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const field =
      error instanceof URIError ? 'path' : type === 'encoding.unsupported' ? 'content-encoding' : 'body';
    return new Problem(status, String(message), { errors: [{ field, message: String(message) }] });
  }
  if (error instanceof IncompatibleReleaseError)
    return tryLater(`Another release must do this: ${error.message}.`);
  if ((error as Error).name === 'OverloadError') return tryLater('Too many requests are waiting.');
  if (isTransient(error)) return tryLater(briefly(error));
  return new Problem(500, 'Something went wrong inside; the log has it.');
}
