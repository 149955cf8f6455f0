/** What is handed on, into logs and traces, of a provider that says something else than it should. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { never } from '@sagakit/testing/participant';
import { provider } from '../src/provider.ts';

describe('an answer of the provider that is not final', () => {
  let says = { status: 200, text: '' };
  const server = createServer((_request, response) => {
    response.writeHead(says.status).end(says.text);
  });
  before(() => new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening)));
  after(() => server.close());

  const failure = async (status: number, text: string): Promise<unknown> => {
    says = { status, text };
    const { port } = server.address() as AddressInfo;
    const { handlers } = provider({
      PROVIDER_URL: `http://127.0.0.1:${port}`,
      PROVIDER_CONCURRENCY: 1,
      PROVIDER_TIMEOUT_MS: 10_000,
    });
    const charge = handlers.find(({ effect }) => effect.kind === 'charge');
    const call = charge?.prepare({ amount: { amount: 1000, currency: 'EUR' }, token: 'tok_visa' });
    return call?.({ subject: 'o', signal: never, headers: { traceparent: '' } }).catch(String);
  };

  it('is told by its number: its words may quote the card', async () => {
    assert.equal(
      await failure(500, 'no such token: tok_visa'),
      'ProviderError: the provider answered 500 to /charges',
    );
    assert.equal(
      await failure(200, 'tok_visa'),
      'ProviderError: the provider answered 200 to /charges, and no JSON',
    );
  });
});
