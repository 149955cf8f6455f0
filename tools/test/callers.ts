/** Of who may do what: every call that there is, and an identity provider that can be taken away. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import { keptSecrets, type Secrets } from '../identity/src/keys.ts';
import { createProvider, serveProvider } from '../identity/src/provider.ts';
import { tokensFor } from '../identity/token.ts';
import { call } from '../shop/client.ts';
import { freePort } from '../stack/ports.ts';
import type { Services } from './services.ts';

type Operation = { security?: Record<string, string[]>[] };
type OpenApi = { paths: Record<string, Record<string, Operation>> };
export type Call = { service: ServiceName; method: string; target: string; scopes: string[] | undefined };
export async function allCalls(urls: Services['urls']): Promise<Call[]> {
  const described = await Promise.all(
    SERVICES.map(async (service) => ({
      service,
      paths: (await call<OpenApi>(`${urls[service]}/openapi.json`)).body.paths,
    })),
  );
  return described.flatMap(({ service, paths }) =>
    Object.entries(paths).flatMap(([target, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        service,
        method: method.toUpperCase(),
        target,
        scopes: security?.flatMap((one) => Object.values(one).flat()),
      })),
    ),
  );
}

/** A provider that can be taken away and come back, with its keys or with others. */
export async function identity() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'identity-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let secrets: Secrets;
  let server: Server;
  async function start(file: string): Promise<void> {
    secrets = keptSecrets(path.join(folder, file));
    server = serveProvider(createProvider(url, secrets)).listen(port, '127.0.0.1');
    await once(server, 'listening');
  }
  async function stop(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
  await start('keys.json');
  return {
    url,
    token: (who: string) => tokensFor({ url, clientsSecret: secrets.clients }, who).token(),
    start,
    stop,
    async close() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}
