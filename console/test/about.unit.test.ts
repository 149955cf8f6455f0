/** What the page is told before anything else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Config as Answer } from '../src/api.ts';
import { config } from '../src/config.ts';
import { configEndpoint } from '../src/http/about.ts';

describe('the links of the page', () => {
  it('have names to read, whatever the settings call what they lead to', async () => {
    const given = config({
      PORT: '0',
      AUTH: 'off',
      DATABASE_URL: 'postgres://console@127.0.0.1/console',
      KAFKA_BROKERS: '127.0.0.1:9092',
      SERVICE_URLS: 'order=http://127.0.0.1:1,psp=http://127.0.0.1:2',
      LINKS: 'mail=http://127.0.0.1:3,psp=http://127.0.0.1:2/ledger',
    });
    const { handle } = configEndpoint(given, '1.0.0');
    const { body } = await handle({
      params: {},
      query: {},
      headers: {},
      body: undefined,
      caller: {},
    } as never);
    assert.deepEqual(Answer.parse(JSON.parse(body as string)).links, [
      { group: 'openapi', name: 'order', url: 'http://127.0.0.1:1/openapi.json' },
      { group: 'mail', name: 'mail', url: 'http://127.0.0.1:3' },
      { group: 'provider', name: 'payment provider', url: 'http://127.0.0.1:2/ledger' },
    ]);
  });
});
