/**
 * Secrets that lie in a public repository so that the first minute is easy: everybody knows them. They say so
 * themselves, by how they begin, and are refused wherever others may come in.
 */
const DEMO_SECRET = /\bdemo-only-/;

export const demoSecret = (name: string): string => `demo-only-${name}`;

export const isDemoSecret = (value: string | undefined): boolean => DEMO_SECRET.test(value ?? '');

export const DEMO_SECRET_REFUSED =
  'is a demo secret, which everybody knows: give a secret of your own, or set DEMO_SECRETS=allowed where nobody else comes in';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

export const OPEN_DOOR_REFUSED =
  'off lets whoever reaches the port do everything: only on loopback (HOST), or with DEMO_SECRETS=allowed where nobody else comes in';

/** Whether it listens where others come in, and so must ask who they are. */
export const othersComeIn = ({ DEMO_SECRETS, HOST = '127.0.0.1' }: NodeJS.ProcessEnv): boolean =>
  DEMO_SECRETS !== 'allowed' && !LOOPBACK.test(HOST);

/**
 * On a developer's machine, where all is on loopback and nobody calls it production; and where whoever starts
 * it says so (docker-compose.yml, which publishes on loopback alone).
 */
export function demoSecretsAreFine(environment: NodeJS.ProcessEnv): boolean {
  if (environment['DEMO_SECRETS'] === 'allowed') return true;
  if (environment['NODE_ENV'] === 'production') return false;
  const { HOST = '127.0.0.1', DATABASE_URL = '', KAFKA_BROKERS = '' } = environment;
  const brokers = KAFKA_BROKERS.split(',').map((broker) => broker.trim().replace(/:\d+$/, ''));
  const hosts = [HOST, URL.parse(DATABASE_URL)?.hostname ?? '', ...brokers];
  return hosts.every((host) => host === '' || LOOPBACK.test(host));
}
