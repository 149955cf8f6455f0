/**
 * What an answer tells of the inside: nothing; and what it tells a browser. Every server of the system is
 * asked in every way that is wrong, what has an /openapi.json by that, and with a database that is away and
 * with tables that are not there. What comes back is searched for stack traces, files, SQL, names of
 * libraries and passwords.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SERVICES } from '@order-saga/contracts/system';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase } from '@sagakit/testing/infrastructure';
import pg from 'pg';
import { startedConsole } from '../../console/test/running.ts';
import { listenForControl } from '../stack/control-server.ts';
import { freePort } from '../stack/ports.ts';
import { ROOT } from '../stack/state.ts';
import { type Services, startServices } from './services.ts';

type OpenApi = { paths: Record<string, Record<string, { requestBody?: object }>> };
type Call = { server: string; url: string; method: string; path: string; hasBody: boolean };
type Answer = { status: number; headers: Headers; text: string };

const ID = '0198c0de-0000-7000-8000-000000000001';
/** What stands for a part of the path. */
const IN_PATH = [ID, "'; drop table orders; --", '%00', '%ff', '..%2f..%2fx', 'x'.repeat(3_000)];
const QUERIES = [
  '',
  '?limit=x&cursor=%%%&status=%27',
  '?cursor=e30&asOf=x&limit=-1',
  '?__proto__=1&limit[]=1',
];
const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '{"__proto__":{"x":1},"reason":1,"text":[],"by":{}}',
  '{"reason":"\\u0000","text":"\\ud800","quantity":1e400,"amount":"x"}',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `{"x":"${'x'.repeat(70_000)}"}`,
];
const JSON_BODY = { 'content-type': 'application/json', 'idempotency-key': 'k\'"' };
const HEADERS: Record<string, string>[] = [
  JSON_BODY,
  { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  { 'content-type': 'application/json; charset=utf-16', 'idempotency-key': 'x'.repeat(300) },
];
const NO_HTTP = [
  '\u0000\u0001\r\n\r\n',
  'GET / HTTP/0.9\r\nhost: x\r\nconnection: close\r\n\r\n',
  `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
  'GET / HTTP/1.1\r\nconnection: close\r\n\r\n',
  'GET / HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\nconnection: close\r\n\r\n',
  'GET http://[/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
  'GET //x%ff/%E0%A4%A HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
];

const LEAKS: [string, RegExp][] = [
  ['a stack trace', /\n\s+at |\bat \S+ \(|\.[cm]?[jt]s:\d+/],
  ['a file', /node_modules|file:\/\/|\/(usr|home|root|app|tmp|work|var|run|etc)\/\w/],
  ['SQL', /\b(select|insert into|update|delete from|alter table)\b.*\b(from|where|set|values|\$1)\b/i],
  [
    'words of the database',
    /relation "|column "|constraint "|syntax error at or near|SQLSTATE|pg_(?!hba)\w+/,
  ],
  ['a library', /prisma|\bexpress\b|kafkajs|node-postgres|\bzod|pg-pool|node\/\d|\bkoa\b|oidc-provider/i],
  ['an address with a password', /postgres(ql)?:\/\/|password=/i],
];

/** The modulus of a public key: hundreds of random letters, which spell anything, `pg_79` too. */
const MODULUS = /"n":"[\w-]{300,}"/g;

/** A page says itself what it may load; nothing else does. */
const SAYS: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^(no-referrer|same-origin)$/,
  'content-security-policy': /^default-src '(none|self)';.*frame-ancestors 'none'/,
  'cross-origin-resource-policy': /^same-origin$/,
};

function faultsOf({ status, headers, text }: Answer): string[] {
  const body = text.replaceAll(MODULUS, '"n":"..."');
  const all = `${[...headers].map(([name, value]) => `${name}: ${value}`).join('\n')}\n${body}`;
  const told = LEAKS.flatMap(([leak, pattern]) => {
    const found = pattern.exec(all)?.[0];
    return found ? [`${leak}: ${found}`] : [];
  });
  const unsafe = Object.entries(SAYS).flatMap(([name, pattern]) => {
    const said = headers.get(name);
    return pattern.test(said ?? '') ? [] : [`${name}: ${said}`];
  });
  const telling = ['x-powered-by', 'server', 'via'].filter((name) => headers.has(name));
  return [...told, ...unsafe, ...telling].map((fault) => `${status}, ${fault}`);
}

/** Who listens beside the services and the console: each as the process that it is. */
async function demoParts(folder: string, started: ChildProcess[]) {
  const parts = {
    psp: { script: 'psp-simulator/src/main.ts', env: { LEDGER_FILE: path.join(folder, 'ledger.jsonl') } },
    mail: { script: 'mail-sink/main.ts', env: { SMTP_PORT: String(await freePort()) } },
    identity: { script: 'identity/src/main.ts', env: { KEYS_FILE: path.join(folder, 'keys.json') } },
  };
  return Promise.all(
    Object.entries(parts).map(async ([server, { script, env }]) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const own = spawn(process.execPath, [path.join(ROOT, 'tools', script)], {
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...env, PORT: String(port), ISSUER: url },
      });
      started.push(own);
      await eventually(`${server} listens`, async () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      );
      return { server, url };
    }),
  );
}

/** What their descriptions do not say, and what has none. */
const OTHERS: readonly [method: string, path: string][] = [
  ['GET', '/'],
  ['GET', '/no/such/call'],
  ['GET', '/%ff'],
  ['GET', '/.env'],
  ['PATCH', '/orders'],
  ['OPTIONS', '/orders'],
  ['PROPFIND', '/'],
  ['GET', '/health/ready'],
  ['GET', '/openapi.json'],
  ['POST', '/charges'],
  ['POST', '/refunds'],
  ['PUT', '/faults'],
  ['GET', '/ledger?orderId=%00'],
  ['GET', "/mails?to='"],
  ['POST', '/token'],
  ['GET', '/auth?client_id=x'],
  ['GET', '/jwks'],
  ['POST', '/v1/traces'],
  ['POST', '/restart/order'],
];

describe('an answer tells nothing of the inside', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'no-leaks-'));
  let services: Services;
  let one: Awaited<ReturnType<typeof startedConsole>>;
  let consoles: Awaited<ReturnType<typeof freshDatabase>>;
  let servers: { server: string; url: string }[];
  let calls: Call[];
  const children: ChildProcess[] = [];
  let runner: Awaited<ReturnType<typeof listenForControl>>;
  const faults = new Set<string>();
  const seen = new Map<number, number>();

  before(async () => {
    [services, consoles] = await Promise.all([startServices(), freshDatabase()]);
    one = await startedConsole(consoles.url);
    runner = await listenForControl(
      'secret',
      () => Promise.reject(new Error('nobody told it')),
      () => {},
    );
    const described = [
      ...SERVICES.map((server) => ({ server, url: services.urls[server] })),
      { server: 'console', url: one.url },
    ];
    servers = [...described, ...(await demoParts(folder, children)), { server: 'runner', url: runner.url }];
    calls = (await Promise.all(described.map(callsOf))).flat();
  });
  after(async () => {
    runner.close();
    for (const child of children) child.kill('SIGKILL');
    await Promise.all([services.stop(), one.stop()]);
    await consoles.drop();
    rmSync(folder, { recursive: true });
  });

  async function callsOf({ server, url }: { server: string; url: string }): Promise<Call[]> {
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(() => path !== '/api/stream')
        .map(([method, { requestBody }]) => ({
          server,
          url,
          method: method.toUpperCase(),
          path,
          hasBody: requestBody !== undefined,
        })),
    );
  }

  function judge(server: string, what: string, answer: Answer): void {
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    for (const fault of faultsOf(answer)) faults.add(`${server} ${what}: ${fault}`);
  }

  async function make({ server, url, method, path }: Call, init: RequestInit, query = ''): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    const response = await fetch(`${url}${path}${query}`, { method, ...init, signal });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    // Figures and descriptions are for who runs it, and name what they are about.
    const text = /^\/(metrics|openapi\.json)/.test(path) ? '' : answer.text;
    judge(server, `${method} ${path.slice(0, 60)}${query}`, { ...answer, text });
  }

  const inPath = (path: string, part: string) => path.replace(/\{\w+\}/g, part);
  async function provoke(call: Call): Promise<void> {
    const paths = [...new Set(IN_PATH.map((part) => inPath(call.path, part)))];
    if (!call.hasBody) {
      for (const path of paths) await Promise.all(QUERIES.map((query) => make({ ...call, path }, {}, query)));
      return;
    }
    for (const path of paths) await make({ ...call, path }, { headers: JSON_BODY, body: '{}' });
    for (const headers of HEADERS)
      await Promise.all(
        BODIES.map((body) => make({ ...call, path: paths[0] ?? call.path }, { headers, body })),
      );
  }
  const inTheUsualWay = (call: Call) =>
    make({ ...call, path: inPath(call.path, ID) }, call.hasBody ? { headers: JSON_BODY, body: '{}' } : {});

  function nothingLeaked(...statuses: number[]): void {
    assert.deepEqual([...faults].slice(0, 30), []);
    for (const status of statuses) assert.ok(seen.has(status), `${status} was not provoked`);
    seen.clear();
  }

  it('whatever is sent to a service or the console', async () => {
    await Promise.all(
      SERVICES.map(async (name) => {
        for (const call of calls.filter(({ server }) => server === name)) await provoke(call);
      }),
    );
    for (const call of calls.filter(({ server }) => server === 'console')) await provoke(call);
    nothingLeaked(400, 404, 413, 415, 422);
  });

  it('whatever is sent to any server', async () => {
    for (const { server, url } of servers)
      for (const [method, path] of OTHERS) {
        const call = { server, url, method, path, hasBody: false };
        const bodies =
          method === 'GET' || method === 'OPTIONS' ? [undefined] : ['{', 'null', BODIES.at(-1) ?? ''];
        for (const body of bodies) await make(call, body === undefined ? {} : { headers: JSON_BODY, body });
      }
    nothingLeaked(200, 400, 401, 404, 405, 413);
  });

  it('what is no HTTP at all', async () => {
    for (const { server, url } of servers)
      for (const bytes of NO_HTTP)
        judge(server, JSON.stringify(bytes.slice(0, 30)), await saidTo(url, bytes));
    nothingLeaked(400, 417, 431);
  });

  it('a database that lets nobody in', async () => {
    const urls = [...Object.values(services.databases), consoles.url];
    const admin = new pg.Client({ connectionString: consoles.url.replace(/[^/]*$/, 'postgres') });
    await admin.connect();
    const names = urls.map((url) => new URL(url).pathname.slice(1));
    const allow = async (allowed: boolean) => {
      for (const name of names) await admin.query(`alter database ${name} allow_connections ${allowed}`);
    };
    try {
      await allow(false);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [
        names,
      ]);
      await Promise.all(calls.map(inTheUsualWay));
    } finally {
      await allow(true);
      await admin.end();
    }
    nothingLeaked(503);
  });

  it('a fault of ours: tables that are not there', async () => {
    for (const url of [...Object.values(services.databases), consoles.url]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
      );
      for (const { name } of rows)
        await client.query(
          `alter table ${name} rename to away_${rows.findIndex((row) => row.name === name)}`,
        );
      await client.end();
    }
    await eventually('a service fails', async () => {
      await Promise.all(calls.map(inTheUsualWay));
      return seen.has(500);
    });
    nothingLeaked(500);
  });
});

/** On a connection of its own, until the other side has said all. */
async function saidTo(url: string, bytes: string): Promise<Answer> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => {});
  socket.write(bytes);
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  socket.destroy();
  const [head = '', text = ''] = said.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status: Number(first.split(' ')[1]), headers, text };
}
