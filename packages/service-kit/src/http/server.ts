import express, { type RequestHandler } from 'express';
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { Caller } from './auth/access.ts';
import type { Authorize } from './auth/authorize.ts';
import type { Endpoint } from './endpoint.ts';
import { openApiOf } from './openapi.ts';
import { withProblems } from './answer-problem.ts';
import { Problem } from './problem.ts';
import {
  allow,
  hasHost,
  isUtf8Body,
  jsonBodies,
  knownExpectation,
  knownVersion,
  onceOnly,
} from './protocol.ts';

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
  return withProblems(app, log);
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
