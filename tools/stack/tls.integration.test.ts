/** TLS to a real PostgreSQL: `sslmode=verify-full`, with an authority of one's own in a file. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inWords, isTransient } from '@sagakit/postgres/database-errors';
import { createPool } from '@sagakit/postgres/pool';
import { createAuthority } from '@sagakit/testing/certificates';
import { createLog } from '@sagakit/service-kit/logging';
import { queryAt } from '@sagakit/testing/connected';
import { eventually } from '@sagakit/testing/eventually';
import pg from 'pg';
import { startService } from '../test/services.ts';
import { makeDatabases, postgresSpec } from './components/postgres.ts';
import { freePort } from './ports.ts';
import { superviseHere } from './supervised-here.ts';
import type { Supervised } from './supervised.ts';
import { temporaryStackDir } from './temporary-dir.ts';

describe('a PostgreSQL that speaks TLS', () => {
  const dir = temporaryStackDir('tls');
  const file = (name: string) => path.join(dir, name);
  const authority = createAuthority('an authority');
  let server: Awaited<ReturnType<typeof postgresSpec>>;
  let process: Supervised;

  /** Shows a certificate for `names` from now on. */
  async function shows(names: string[], by = authority): Promise<void> {
    const { certificate, key } = by.issue(names);
    for (const [name, content] of Object.entries({ 'server.crt': certificate, 'server.key': key })) {
      const target = path.join(dir, 'tls', name);
      rmSync(target, { force: true });
      writeFileSync(target, content, { mode: 0o600 });
      if (server?.uid !== undefined) chownSync(target, server.uid, server.gid ?? server.uid);
    }
  }
  const reload = () => queryAt(server.url(), 'select pg_reload_conf()');

  before(async () => {
    mkdirSync(path.join(dir, 'tls'), { recursive: true, mode: 0o755 });
    const log = file('postgres.log');
    const settings = {
      ssl: 'on',
      ssl_cert_file: path.join(dir, 'tls/server.crt'),
      ssl_key_file: path.join(dir, 'tls/server.key'),
    };
    server = await postgresSpec({ dataDir: dir, log, port: await freePort(), maxConnections: 40, settings });
    await shows(['localhost']);
    process = superviseHere(server);
    await process.start();
    await makeDatabases(server);
    writeFileSync(file('ca.crt'), authority.certificate);
    writeFileSync(file('other.crt'), createAuthority('another authority').certificate);
  });
  after(async () => {
    await process.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const addressOf = ({ host = 'localhost', ca = 'ca.crt', query = 'sslmode=verify-full' } = {}) => {
    const { DATABASE_URL = '', DATABASE_PASSWORD_FILE } = server.settingsOf('payment');
    const url = new URL(DATABASE_URL);
    url.hostname = host;
    url.search = query === '' ? '' : `${query}&sslrootcert=${encodeURIComponent(file(ca))}`;
    return { url: url.href, passwordFile: DATABASE_PASSWORD_FILE };
  };
  const poolTo = (address: ReturnType<typeof addressOf>) =>
    createPool(
      { address, service: 'test', max: 1 },
      createLog({ service: 'test', instance: '1', level: 'silent' }),
    );
  async function isEncrypted(address: ReturnType<typeof addressOf>): Promise<boolean> {
    const pool = poolTo(address);
    try {
      const { rows } = await pool.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return (rows as [{ ssl: boolean }])[0].ssl;
    } finally {
      await pool.end();
    }
  }
  /** Tried again as long as it is so, and said in words. */
  const refuses = (address: ReturnType<typeof addressOf>, words: RegExp) =>
    assert.rejects(isEncrypted(address), (error) => {
      assert.match(inWords(error), words);
      assert.ok(isTransient(error), String(error));
      return true;
    });

  it('is talked to in TLS where the address says so, and only there', async () => {
    assert.equal(await isEncrypted(addressOf()), true);
    assert.equal(await isEncrypted(addressOf({ query: '' })), false);
  });

  it('is refused if another authority vouches for it, or it is somebody else', async () => {
    await refuses(addressOf({ ca: 'other.crt' }), /certificate.*sslrootcert/);
    await refuses(addressOf({ host: '127.0.0.1' }), /certificate.*names another host/);
  });

  it('serves a service with a role of its own', async () => {
    const { url, passwordFile = '' } = addressOf();
    const { DATABASE_OWNER_URL = '', DATABASE_OWNER_PASSWORD_FILE } = server.settingsOf('payment');
    const owner = Object.assign(new URL(DATABASE_OWNER_URL), {
      hostname: 'localhost',
      search: new URL(url).search,
    });
    const service = await startService('payment', {
      DATABASE_URL: url,
      DATABASE_PASSWORD_FILE: passwordFile,
      DATABASE_OWNER_URL: owner.href,
      DATABASE_OWNER_PASSWORD_FILE,
    });
    try {
      await eventually('it is ready', async () => {
        const { ok } = await fetch(`http://127.0.0.1:${service.port}/health/ready`);
        return ok;
      });
      const admin = new pg.Client({ connectionString: server.url() });
      await admin.connect();
      const { rows } = await admin.query(
        `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'payment'`,
      );
      await admin.end();
      assert.deepEqual(rows, [{ ssl: true }]);
    } finally {
      await service.stop();
    }
  });

  it('is known by a new authority as soon as that lies in the file', async () => {
    const next = createAuthority('the next authority');
    const pool = poolTo(addressOf());
    try {
      await pool.query('select 1');
      await shows(['localhost'], next);
      await reload();
      const lost = () => pool.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {});
      await lost();
      await eventually('the old one is not enough any more', async () => {
        const said = await pool.query('select 1').then(
          () => 'connected',
          (error: unknown) => inWords(error),
        );
        if (said === 'connected') await lost();
        return /certificate/.test(said);
      });
      writeFileSync(file('ca.crt'), next.certificate);
      await pool.query('select 1');
    } finally {
      await pool.end();
    }
  });
});
