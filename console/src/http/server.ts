/**
 * The console's HTTP server: what must hold for every request, then the stream, then the calls of
 * service-kit's server.
 */
import { catalogue } from '@order-saga/contracts/catalogue';
import { withProblems } from '@sagakit/service-kit/http/answer-problem';
import type { Authorize } from '@sagakit/service-kit/http/auth/authorize';
import { createHttpApp } from '@sagakit/service-kit/http/server';
import type { Endpoint } from '@sagakit/service-kit/http/endpoint';
import express, { type RequestHandler } from 'express';
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { StreamEvents } from '../api-model.ts';
import type { Config } from '../config.ts';
import { streamEndpoint } from '../stream/endpoint.ts';
import type { Hub } from '../stream/hub.ts';
import { describeAll } from './answers.ts';
import { describeTraces, takeTraces, TRACES_PATH } from '../telemetry/endpoint.ts';
import type { Telemetry } from '../telemetry/intake.ts';
import { knownHosts, readOnly, safeHeaders, sameOrigin } from './guard.ts';
import { servePage } from './page.ts';

const STREAM_PATH = '/api/stream';

export function createConsoleApp(options: {
  name: string;
  endpoints: readonly Endpoint[];
  hub: Hub;
  telemetry: Telemetry;
  config: Pick<Config, 'CONSOLE_HOSTS' | 'CONSOLE_READ_ONLY'>;
  log: Logger;
  authorize: Authorize;
  /** What happens first: who is signed in. */
  signingIn: readonly RequestHandler[];
}): RequestListener {
  const { name, endpoints, hub, telemetry, config, log, authorize, signingIn } = options;
  const title = `${catalogue.system} ${name}`;
  const description = describeAll(title, endpoints, {
    [STREAM_PATH]: describeStream(),
    [TRACES_PATH]: describeTraces(),
  });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(safeHeaders, knownHosts(config.CONSOLE_HOSTS), sameOrigin);
  // What the services do is also seen where nobody may do anything.
  app.all(TRACES_PATH, ...takeTraces(telemetry));
  if (config.CONSOLE_READ_ONLY) app.use(readOnly);
  app.get('/openapi.json', (_request, response) => void response.json(description));
  app.get(STREAM_PATH, streamEndpoint(hub));
  app.use(...signingIn);
  app.use(servePage());
  const calls = createHttpApp({ title, endpoints, authorize, log, onAnswered() {} });
  app.use((request, response) => calls(request, response));
  return withProblems(app, log);
}

const describeStream = () => ({
  get: {
    summary: `Server-sent events that say what changed: ${Object.keys(StreamEvents).join(', ')}; one connection for a visible page`,
    parameters: [
      { name: 'story', in: 'query', required: false, schema: { type: 'string' } },
      { name: 'stories', in: 'query', required: false, schema: { type: 'boolean' } },
    ],
    responses: {
      200: { description: 'The stream', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  },
});
