import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { servePage } from '../src/http/page.ts';

describe('the files of the page', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'console-page-'));
  let url = '';
  let stop = () => {};

  before(async () => {
    mkdirSync(path.join(folder, 'assets'));
    mkdirSync(path.join(folder, '.vite'));
    writeFileSync(path.join(folder, 'index.html'), '<title>order-saga</title>');
    writeFileSync(path.join(folder, 'assets/index-abc.js'), 'plain');
    writeFileSync(path.join(folder, 'assets/index-abc.js.gz'), 'zipped');
    writeFileSync(path.join(folder, '.vite/manifest.json'), '{}');
    const app = express();
    app.use(servePage(folder));
    app.use((_request, response) => void response.status(404).send('not a page'));
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = () => server.close();
  });
  after(() => {
    stop();
    rmSync(folder, { recursive: true });
  });

  it('are the page at each of its addresses, asked for again each time', async () => {
    for (const address of ['/', '/shop', '/stories/0190a7c4-1111-7000-8000-00000000aaaa?at=9']) {
      const answer = await fetch(url + address);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
      assert.match(await answer.text(), /<title>/);
    }
  });

  it('are kept for ever if their names say what is in them, and come compressed', async () => {
    const answer = await fetch(`${url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(await answer.text(), 'plain');
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
    const zipped = await fetch(`${url}/assets/index-abc.js`, {
      method: 'HEAD',
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.equal(zipped.headers.get('content-encoding'), 'gzip');
  });

  it('come whole, whatever part of them is asked for', async () => {
    for (const range of ['bytes=0-1', 'bytes=5-', 'bytes=-1', 'bytes=9-1', 'bytes=99-', 'x', '']) {
      const answer = await fetch(`${url}/assets/index-abc.js`, {
        headers: { range, 'accept-encoding': 'identity' },
      });
      assert.equal(answer.status, 200, range);
      assert.equal(await answer.text(), 'plain');
    }
  });

  it('are neither the API nor what a build leaves behind', async () => {
    for (const address of ['/api/nothing', '/health/live', '/metrics', '/openapi.json', '/v1/traces']) {
      assert.equal((await fetch(url + address)).status, 404, address);
    }
    assert.equal((await fetch(`${url}/assets/index-gone.js`)).status, 404);
    assert.equal((await fetch(`${url}/.vite/manifest.json`)).status, 404);
    assert.equal((await fetch(url, { method: 'POST' })).status, 404);
  });
});
