/**
 * All services in this process, each on a fresh database, for tests of what they have in common. Nobody
 * stands in for provider and mail server.
 */
import { SERVICES, type ServiceName } from '@order-saga/contracts/system';
import type { Service } from '@sagakit/service-kit/define-service';
import type { RunningService } from '@sagakit/service-kit/service';
import { eventually } from '@sagakit/testing/eventually';
import { freshDatabase, kafkaSettings } from '@sagakit/testing/infrastructure';

const declared = (name: ServiceName) =>
  import(`../../services/${name}/src/service.ts`) as Promise<{ service: Service }>;
const NOBODY = '127.0.0.1:9';

/** @param environment more of it, or in the place of what is given by default */
export const startService = async (
  name: ServiceName,
  environment: NodeJS.ProcessEnv,
): Promise<RunningService> =>
  (await declared(name)).service.start(
    {
      PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      AUTH: 'off',
      ...kafkaSettings(),
      LOG_LEVEL: 'silent',
      SMTP_URL: `smtp://${NOBODY}`,
      PROVIDER_URL: `http://${NOBODY}`,
      ...environment,
    },
    { onDead() {} },
  );

export type Services = {
  urls: Record<ServiceName, string>;
  /** The databases themselves, whatever stands before them. */
  databases: Record<ServiceName, string>;
  stop(): Promise<void>;
};

/**
 * @param prepare on each database before its service starts
 * @param seenAs the address under which a service finds its database
 */
export async function startServices({
  prepare = async () => {},
  seenAs = (url) => url,
  environment = {},
}: {
  prepare?: (url: string) => Promise<void>;
  seenAs?: (url: string) => string;
  environment?: NodeJS.ProcessEnv;
} = {}): Promise<Services> {
  const own = await Promise.all(SERVICES.map(async (name) => ({ name, ...(await freshDatabase()) })));
  const running: RunningService[] = [];
  const urls = {} as Services['urls'];
  for (const { name, url } of own) {
    await prepare(url);
    const service = await startService(name, { DATABASE_URL: seenAs(url), ...environment });
    running.push(service);
    urls[name] = `http://127.0.0.1:${service.port}`;
  }
  await eventually('all are ready', () => allReady(urls), { withinMs: 60_000 });
  return {
    urls,
    databases: Object.fromEntries(own.map(({ name, url }) => [name, url])) as Services['databases'],
    async stop() {
      await Promise.all(running.map((service) => service.stop()));
      await Promise.all(own.map(({ drop }) => drop()));
    },
  };
}

export async function allReady(urls: Services['urls']): Promise<boolean> {
  const answers = await Promise.all(Object.values(urls).map((url) => fetch(`${url}/health/ready`)));
  return answers.every(({ ok }) => ok);
}
