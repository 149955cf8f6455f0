/** The demo's identity provider as a process. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { keptSecrets } from './keys.ts';
import { createProvider, serveProvider } from './provider.ts';

const environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int(),
    /** What its tokens say they are of; where its callers find it. */
    ISSUER: z.url(),
    /** Its signing key and its clients' secret; made if it is not there. */
    KEYS_FILE: z.string(),
    /** What the clients' secrets are made of, in the place of that in KEYS_FILE. */
    CLIENTS_SECRET_FILE: z.string().optional(),
  })
  .parse(Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim() !== '')));

const { HOST, PORT, ISSUER, KEYS_FILE, CLIENTS_SECRET_FILE } = environment;
const kept = keptSecrets(KEYS_FILE);
const clients = CLIENTS_SECRET_FILE ? readFileSync(CLIENTS_SECRET_FILE, 'utf8').trim() : kept.clients;
const server = serveProvider(createProvider(ISSUER, { ...kept, clients }));
server.listen(PORT, HOST, () => console.log(`identity provider ${ISSUER} on port ${PORT}`));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 2_000).unref();
  });
