/** What small servers say to browsers in every answer, also in those that nobody here writes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { SAFE_HEADERS, safeServer } from '../src/safe-headers.ts';

const server = safeServer(({ url }, response) => {
  // As a library does where something goes wrong in it.
  if (url === '/fails') for (const name of response.getHeaderNames()) response.removeHeader(name);
  if (url === '/page') response.setHeader('content-security-policy', "default-src 'self'");
  response.statusCode = url === '/fails' ? 500 : 200;
  response.end('{}');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => void server.close());
const { port } = server.address() as net.AddressInfo;

/** The head of the answer, on a connection of its own. */
async function headOf(bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return said.split('\r\n\r\n')[0]?.toLowerCase() ?? '';
}
const asks = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;

describe('an answer of a small server says how a browser may take it', () => {
  const cases: [name: string, request: string, status: number][] = [
    ['that is good', asks('/'), 200],
    ['whose headers were all taken away', asks('/fails'), 500],
    ['to who says no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['to who expects something', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n', 417],
    ['to what is no HTTP', 'nonsense\r\n\r\n', 400],
    ['to 20 KB of headers', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ];
  for (const [name, request, status] of cases)
    it(`${name}: ${status}`, async () => {
      const lines = (await headOf(request)).split('\r\n');
      assert.match(lines[0] ?? '', new RegExp(`^http/1.1 ${status} `));
      for (const [header, value] of Object.entries(SAFE_HEADERS))
        assert.ok(lines.includes(`${header}: ${value.toLowerCase()}`), `${header} in ${lines.join('; ')}`);
    });
  it('and a page what it may load, by itself', async () => {
    const head = await headOf(asks('/page'));
    assert.match(head, /^content-security-policy: default-src 'self'$/m);
    assert.match(head, /^x-frame-options: deny$/m);
  });
});
