/**
 * The demo's identity provider as a process. `main.ts new-key` puts another signing key in the place of its
 * own, and ends.
 */
import { z } from 'zod';
import { handOutSecrets } from './hand-out.ts';
import { keptSecrets, replaceKeys } from './keys.ts';
import { createProvider, serveProvider } from './provider.ts';

const environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int(),
    /** What its tokens say they are of; where people's browsers and the tools find it. */
    ISSUER: z.url(),
    /** Its signing key and its clients' secret; made if it is not there. */
    KEYS_FILE: z.string(),
    /** Where clients that run in containers of their own find their secrets: one file each. */
    HAND_OUT_DIR: z.string().optional(),
    /** Where the console is opened, from which people sign in: addresses, separated by commas. */
    CONSOLE_URLS: z.string().default(''),
  })
  .parse(Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim() !== '')));

const { HOST, PORT, ISSUER, KEYS_FILE, HAND_OUT_DIR, CONSOLE_URLS } = environment;
if (process.argv[2] === 'new-key') {
  replaceKeys(KEYS_FILE);
  process.exit(0);
}
const kept = keptSecrets(KEYS_FILE);
if (HAND_OUT_DIR) handOutSecrets(HAND_OUT_DIR, kept.clients);
const server = serveProvider(createProvider(ISSUER, kept, CONSOLE_URLS.split(',').filter(Boolean)));
server.listen(PORT, HOST, () => console.log(`identity provider ${ISSUER} on port ${PORT}`));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 2_000).unref();
  });
