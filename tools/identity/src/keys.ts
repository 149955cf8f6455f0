/**
 * The provider's own secrets, made at the first start and kept with the stack's data, for their owner alone.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Jwk = z.looseObject({ kty: z.string(), kid: z.string() });
const Secrets = z.object({
  /** What tokens are signed with: the first; the others are known as before. */
  keys: z.array(Jwk).min(1),
  /** What the clients' secrets are made of. */
  clients: z.string().min(20),
  cookies: z.string().min(20),
});
export type Secrets = z.infer<typeof Secrets>;

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return Jwk.parse({
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(9).toString('base64url'),
    alg: 'RS256',
    use: 'sig',
  });
}

/** For its owner alone, and whole or not at all. */
function write(file: string, secrets: Secrets): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(fresh, file);
}

/** Another signing key in the place of all there were: what they signed ends. Throws if there is no file. */
export function replaceKeys(file: string): void {
  write(file, { ...Secrets.parse(JSON.parse(readFileSync(file, 'utf8'))), keys: [signingKey()] });
}

/** Those in the file; made if there is none. Throws if it holds something else. */
export function keptSecrets(file: string): Secrets {
  if (existsSync(file)) return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  const random = () => randomBytes(32).toString('base64url');
  const made = { keys: [signingKey()], clients: random(), cookies: random() };
  write(file, made);
  return made;
}
