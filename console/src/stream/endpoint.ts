/** `GET /api/stream`: server-sent events. */
import { Word } from '@sagakit/service-kit/http/inputs';
import { Problem, tryLater } from '@sagakit/service-kit/http/problem';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Hub } from './hub.ts';

const Query = z.object({ story: Word.optional(), stories: z.stringbool().optional() });
/** What one connection may have waiting: well below what a slow reader must not cost. */
const FULL_BYTES = 64 * 1024;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

export function streamEndpoint(hub: Hub): RequestHandler {
  return (request, response) => {
    const query = Query.safeParse(request.query);
    if (!query.success) {
      const [issue] = query.error.issues;
      throw new Problem(400, 'The query does not fit.', {
        errors: [{ field: String(issue?.path[0] ?? 'query'), message: issue?.message ?? '' }],
      });
    }
    const interests = { story: query.data.story || undefined, stories: query.data.stories ?? false };
    const sink = {
      write: (text: string) => void response.write(text),
      isFull: () => response.writableLength > FULL_BYTES,
      end: () => void response.end(),
      cut: () => void response.destroy(),
    };
    if (!hub.hasRoom()) throw tryLater('Too many pages listen.');
    response.writeHead(200, HEADERS);
    // It is asked what a stream would be, and not for one.
    if (request.method === 'HEAD') return void response.end();
    const leave = hub.listen(sink, interests);
    // Elsewhere who has said all still waits for an answer (listen.ts); a page that closes its stream is
    // gone, which would else be seen with the next event that it is sent.
    const { socket } = request;
    const gone = () => void response.destroy();
    socket.once('end', gone);
    response.on('close', () => {
      socket.off('end', gone);
      leave();
    });
  };
}
