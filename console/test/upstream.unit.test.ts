/** Why a service did not say what it was asked. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createUpstream } from '../src/upstream.ts';
import { unheard } from '../web/src/view/unheard.ts';

describe('a service that is asked', () => {
  const server = createServer(({ url }, response) => {
    if (url !== '/never') response.end('[]');
  });
  let urls: Map<string, string>;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Nobody listens at the first port.
    urls = new Map([
      ['order', url],
      ['payment', 'http://127.0.0.1:1'],
    ]);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const why = async (service: string, path = '/', tokens?: () => Promise<string>) => {
    const source = tokens && { token: tokens, forget() {} };
    const asked = await createUpstream(urls, () => source).ask(service, path, { withinMs: 150 });
    return 'away' in asked ? asked.why : asked.body;
  };

  it('answers, is not there, or is slow', async () => {
    assert.equal(await why('order'), '[]');
    assert.equal(await why('payment'), 'away');
    assert.equal(await why('nobody'), 'away');
    assert.equal(await why('order', '/never'), 'slow');
  });

  it('is not called away because somebody else is', async () => {
    const isAway = () => Promise.reject(new Error('the identity provider does not answer'));
    assert.equal(await why('order', '/', isAway), 'error');
    assert.equal(await why('order', '/', () => new Promise(() => {})), 'slow');
  });
});

describe('the overview', () => {
  it('says who is not heard of, and only what is known of them', () => {
    assert.deepEqual(unheard({ why: {} }), []);
    assert.deepEqual(unheard({ why: { order: 'slow', payment: 'away', notification: 'slow' } }), [
      { tone: 'bad', shape: 'cross', word: 'payment does not answer' },
      { tone: 'busy', shape: 'busy', word: 'order, notification are slow to answer' },
    ]);
  });
});
