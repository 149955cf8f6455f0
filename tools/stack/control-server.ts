/**
 * How a runner is told what to do, on loopback only: `POST /kill/NAME`, `/restart/NAME?from=CHECKOUT`,
 * `/down`.
 */
import http from 'node:http';

type Obey = (
  verb: string,
  name: string,
  checkout: string | null,
) => Promise<{ status: number; text: string }>;

/**
 * Listens on a free port.
 *
 * @param whenDown called once who asked for the end has been told of it
 * @returns its URL
 */
export async function listenForControl(obey: Obey, whenDown: () => void): Promise<string> {
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://runner');
    const [, verb = '', name = ''] = pathname.split('/');
    const { status, text } =
      request.method === 'POST'
        ? await obey(verb, name, searchParams.get('from'))
        : { status: 405, text: 'POST only' };
    response.writeHead(status, { connection: 'close' }).end(text, () => {
      if (verb === 'down' && status === 200) whenDown();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}
