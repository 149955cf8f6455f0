/**
 * The job `certificates` of infra/compose/tls.yml: an authority of this stack's own, and what each server
 * shows of it. Made at the first start, and kept; what would end within a month is made anew.
 *
 *   node main.mts /tls       what is missing
 *   node main.mts /tls new   all of it: a key may be in other hands. A server shows it at its next start
 *
 * Below that folder lie `authority`, with the authority's key and all that was made, for this job alone;
 * `ca`, with the authority's certificate, `ca.crt`, for whoever connects; and for each server a folder with
 * `server.pem`, its key and its certificate, for its own user alone.
 *
 * CERTIFICATE_DAYS   how long a server's certificate holds (365)
 */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** By the name that it is found by, and the user that it runs as in its image. */
const SERVERS = { kafka: 1000, postgres: 999 } as const;

const DAY_MS = 86_400_000;
const RENEWED_BEFORE_MS = 30 * DAY_MS;
const AUTHORITY_DAYS = 3_650;

const [folder = '/tls', verb] = process.argv.slice(2);
if (verb !== undefined && verb !== 'new') throw new Error(`"${verb}" is unknown; there is "new"`);
const days = Number(process.env['CERTIFICATE_DAYS'] || 365);
if (!Number.isInteger(days) || days < 1) throw new Error('CERTIFICATE_DAYS: must be a whole number from 1');

const authority = (file: string) => path.join(folder, 'authority', file);
const read = (file: string) => readFileSync(file, 'utf8');

/** What OpenSSL writes into a certificate, by section. A server is also known by this machine's names. */
const EXTENSIONS = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
${Object.keys(SERVERS)
  .map(
    (server) => `[${server}]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:${server}, DNS:localhost, IP:127.0.0.1, IP:::1
`,
  )
  .join('')}`;

/** Whole or not at all, with its rights from the first byte on. */
function put(file: string, content: string, mode: number, uid?: number): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, content, { mode });
  // Who is not root (a test) has nobody to give it to.
  if (uid !== undefined && process.getuid?.() === 0) chownSync(fresh, uid, uid);
  renameSync(fresh, file);
}

const newKey = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/** What one that was made before says, if it holds for a while yet. */
function stillGood(name: string): X509Certificate | undefined {
  if (!existsSync(authority(`${name}.crt`)) || !existsSync(authority(`${name}.key`))) return undefined;
  const known = new X509Certificate(read(authority(`${name}.crt`)));
  // Who was interrupted may have left a new key beside an old certificate.
  if (!known.checkPrivateKey(createPrivateKey(read(authority(`${name}.key`))))) return undefined;
  return known.validToDate.getTime() - Date.now() > RENEWED_BEFORE_MS ? known : undefined;
}

/** A key, and a certificate for it as `sign` has OpenSSL write it to the standard output. */
function make(name: string, sign: (key: string, config: string, scratch: string) => string): void {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'certificates-'));
  try {
    const [key, config] = [path.join(scratch, 'key'), path.join(scratch, 'config')];
    writeFileSync(key, newKey(), { mode: 0o600 });
    writeFileSync(config, EXTENSIONS);
    const certificate = sign(key, config, scratch);
    put(authority(`${name}.key`), read(key), 0o600);
    put(authority(`${name}.crt`), certificate, 0o600);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function makeAuthority(): void {
  // A name of its own: two authorities of one name are taken for one, and the error speaks of a signature.
  const name = `/CN=order-saga authority ${randomBytes(4).toString('hex')}`;
  const by = ['-sha256', '-days', String(AUTHORITY_DAYS), '-extensions', 'authority'];
  make('ca', (key, config) =>
    openssl('req', '-x509', '-new', '-key', key, '-config', config, ...by, '-subj', name),
  );
}

function makeFor(server: string): void {
  make(server, (key, config, scratch) => {
    const request = path.join(scratch, 'request');
    openssl('req', '-new', '-key', key, '-config', config, '-subj', `/CN=${server}`, '-out', request);
    const by = ['-CA', authority('ca.crt'), '-CAkey', authority('ca.key')];
    const serial = ['-set_serial', `0x01${randomBytes(15).toString('hex')}`];
    const holds = ['-sha256', '-days', String(days), '-extfile', config, '-extensions', server];
    return openssl('x509', '-req', '-in', request, ...by, ...serial, ...holds);
  });
}

for (const name of ['authority', 'ca', ...Object.keys(SERVERS)])
  mkdirSync(path.join(folder, name), { recursive: true });
const made: string[] = [];
if (verb === 'new' || !stillGood('ca')) {
  makeAuthority();
  made.push('an authority');
}
const ca = read(authority('ca.crt'));
const { publicKey } = new X509Certificate(ca);
for (const server of Object.keys(SERVERS)) {
  if (stillGood(server)?.verify(publicKey)) continue;
  makeFor(server);
  made.push(`a certificate for ${server}`);
}

// Also what was made before: each has it, whatever became of its folder.
for (const name of ['ca', ...Object.keys(SERVERS)]) put(path.join(folder, name, 'ca.crt'), ca, 0o444);
for (const [server, uid] of Object.entries(SERVERS)) {
  const both = read(authority(`${server}.key`)) + read(authority(`${server}.crt`));
  put(path.join(folder, server, 'server.pem'), both, 0o400, uid);
}
console.log(made.length > 0 ? `made ${made.join(', ')}` : 'every certificate holds');
