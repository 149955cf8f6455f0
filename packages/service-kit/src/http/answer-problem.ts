/** Every error becomes problem+json. What went wrong inside is logged and not shown. */
import { briefly, isTransient } from '@sagakit/postgres/database-errors';
import { IncompatibleReleaseError } from '@sagakit/messaging/aggregate/decision';
import type { ErrorRequestHandler, Express, Request, Response } from 'express';
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { Problem, tryLater } from './problem.ts';
import { createRefusalLog } from './refusals.ts';

/** The last that is said of an app: from here on it answers all requests, also those that no path is for. */
export function withProblems(app: Express, log: Logger): RequestListener {
  const answer = answerProblem(log);
  app.use(answer);
  return (request, response) =>
    app(request as Request, response as Response, (error?: unknown) =>
      answer(error ?? NO_PATH, request as Request, response as Response, () => response.destroy()),
    );
}

/** Where the target is no URL Express finds no path, and goes by all that the app says. */
const NO_PATH = new Problem(400, 'The target of the request is no path.', {
  errors: [{ field: 'path', message: 'is none' }],
});

function answerProblem(log: Logger): ErrorRequestHandler {
  const refused = createRefusalLog(log);
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    if (problem.status === 503) refused(error as Error, problem.message);
    // `request.path` throws where there is none.
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
export function toProblem(error: unknown): Problem {
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
