/** The job `certificates`, with the real OpenSSL and real handshakes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';

const JOB = path.join(import.meta.dirname, 'main.mts');

describe('the job that makes certificates', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'order-saga-certificates-'));
  const at = (...parts: string[]) => path.join(folder, ...parts);
  const read = (...parts: string[]) => readFileSync(at(...parts), 'utf8');
  const run = (environment: NodeJS.ProcessEnv = {}, ...verb: string[]) =>
    execFileSync(process.execPath, [JOB, folder, ...verb], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, ...environment },
    }).trim();
  const modeOf = (...parts: string[]) => (statSync(at(...parts)).mode & 0o777).toString(8);
  const made = () => ['ca.crt', 'kafka.crt', 'postgres.crt'].map((file) => read('authority', file));

  const ALL = 'made an authority, a certificate for kafka, a certificate for postgres';

  before(() => assert.equal(run(), ALL));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** As a client that trusts `ca` alone; rejects with what it says of the server. */
  async function handshake(server: string, servername: string, ca = read('ca', 'ca.crt')): Promise<void> {
    const pem = read(server, 'server.pem');
    const listening = tls.createServer({ key: pem, cert: pem }).listen(0, '127.0.0.1');
    listening.on('tlsClientError', () => {});
    await once(listening, 'listening');
    const { port } = listening.address() as net.AddressInfo;
    const socket = tls.connect({ host: '127.0.0.1', port, servername, ca });
    try {
      await once(socket, 'secureConnect');
    } finally {
      socket.destroy();
      listening.close();
    }
  }

  it('makes each server known under its own name and on this machine, and under no other', async () => {
    for (const server of ['kafka', 'postgres']) {
      await handshake(server, server);
      await handshake(server, 'localhost');
      await assert.rejects(handshake(server, 'order'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    }
    await assert.rejects(handshake('kafka', 'postgres'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('gives each key to its server alone', () => {
    assert.deepEqual(readdirSync(at('ca')), ['ca.crt']);
    for (const server of ['kafka', 'postgres']) {
      assert.deepEqual(readdirSync(at(server)).sort(), ['ca.crt', 'server.pem']);
      assert.equal(modeOf(server, 'server.pem'), '400');
    }
    if (process.getuid?.() === 0)
      assert.deepEqual(
        [statSync(at('kafka/server.pem')).uid, statSync(at('postgres/server.pem')).uid],
        [1000, 999],
      );
    assert.equal(modeOf('ca', 'ca.crt'), '444');
    assert.equal(modeOf('authority', 'ca.key'), '600');
  });

  it('makes nothing again while it holds, and hands out again what is missing', () => {
    const before = [...made(), read('kafka', 'server.pem')];
    rmSync(at('kafka'), { recursive: true });
    assert.equal(run(), 'every certificate holds');
    assert.deepEqual([...made(), read('kafka', 'server.pem')], before);
  });

  it('makes anew what ends within a month, by the same authority', async () => {
    rmSync(at('authority/kafka.crt'));
    assert.equal(run({ CERTIFICATE_DAYS: '20' }), 'made a certificate for kafka');
    const [ca, short, postgres] = made();
    assert.equal(run(), 'made a certificate for kafka');
    const [sameCa, long, samePostgres] = made();
    assert.deepEqual([sameCa, samePostgres], [ca, postgres]);
    assert.notEqual(long, short);
    await handshake('kafka', 'kafka');
  });

  for (const [words, anew] of [
    ['where it is told to', () => run({}, 'new')],
    ['where the key of the authority is gone', () => (rmSync(at('authority/ca.key')), run())],
    ['where it is another', () => (cpSync(at('authority/kafka.key'), at('authority/ca.key')), run())],
  ] as const)
    it(`makes all of it anew ${words}, and the old authority is not believed`, async () => {
      const old = read('ca', 'ca.crt');
      assert.equal(anew(), ALL);
      await handshake('postgres', 'postgres');
      await assert.rejects(handshake('postgres', 'postgres', old), /certificate/);
    });

  it('refuses what it does not know', () => {
    assert.throws(() => run({}, 'old'), /"old" is unknown/);
    for (const days of ['0', '1.5', 'x'])
      assert.throws(() => run({ CERTIFICATE_DAYS: days }), /CERTIFICATE_DAYS: must be a whole number/);
  });
});
