/**
 * How a runner is told what to do, on loopback only, by who can read its state file: `POST /kill/NAME`,
 * `/restart/NAME?from=CHECKOUT`, `/down`, each with the secret of that file.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { safeServer } from '@sagakit/resilience/safe-headers';

type Said = { status: number; text: string };
type Obey = (verb: string, name: string, checkout: string | null) => Promise<Said>;

const digest = (text: string) => createHash('sha256').update(text).digest();
/** Takes as long whether they differ at the first letter or at the last. */
const isSame = (one: string, other: string) => timingSafeEqual(digest(one), digest(other));

/**
 * Listens on a free port.
 *
 * @param secret what whoever tells it something must know
 * @param whenDown called once who asked for the end has been told of it
 */
export async function listenForControl(
  secret: string,
  obey: Obey,
  whenDown: () => void,
): Promise<{ url: string; close(): void }> {
  const server = safeServer(async (request, response) => {
    const { pathname, searchParams } =
      URL.parse(request.url ?? '/', 'http://runner') ?? new URL('http://runner');
    const [, verb = '', name = ''] = pathname.split('/');
    const judged = ((): Said | undefined => {
      if (!isSame(request.headers.authorization ?? '', `Bearer ${secret}`))
        return { status: 401, text: 'the secret of the state file is missing' };
      return request.method === 'POST' ? undefined : { status: 405, text: 'POST only' };
    })();
    const { status, text } = judged ?? (await obey(verb, name, searchParams.get('from')));
    const type = 'text/plain; charset=utf-8';
    response.writeHead(status, { connection: 'close', 'content-type': type }).end(text, () => {
      if (verb === 'down' && status === 200) whenDown();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
