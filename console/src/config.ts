import { LogLevel, readConfig, ServiceConfig, Switch, wholeNumber } from '@sagakit/service-kit/config';
import { z } from 'zod';

/** Separated by commas. */
const List = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));

/** `order=http://127.0.0.1:4001,payment=http://127.0.0.1:4002` */
const Addresses = List.pipe(
  z.array(z.string().regex(/^[\w-]+=https?:\/\/\S+$/, 'must be name=url, several separated by commas')),
).transform((parts) => new Map(parts.map((part): [string, string] => splitAt(part, part.indexOf('=')))));

const splitAt = (text: string, at: number): [string, string] => [
  text.slice(0, at),
  text.slice(at + 1).replace(/\/$/, ''),
];

export const Config = ServiceConfig.extend({
  DATABASE_POOL_SIZE: wholeNumber(2, 100).default(4),
  /** Where each service answers. One that is not named is shown as away. */
  SERVICE_URLS: Addresses,
  /**
   * What else there is to look at: `jaeger`, `grafana`, `mail`, `psp` (the payment provider); and a service,
   * where a browser reaches it by another address.
   */
  LINKS: Addresses,
  /**
   * Where it gets its tokens, and with which secret: OAuth's client credentials. Without them its calls carry
   * none, for services with AUTH=off.
   */
  AUTH_TOKEN_URL: z.url().optional(),
  AUTH_CLIENT: z.string().default('console'),
  AUTH_CLIENT_SECRET: z.string().optional(),
  /**
   * Where people sign in, with which client of the provider: the authorization code flow. Without them nobody
   * does, and calls that change something carry a token of their own.
   */
  AUTH_AUTHORIZE_URL: z.url().optional(),
  AUTH_SIGN_IN_CLIENT: z.string().default('console-sign-in'),
  AUTH_SIGN_IN_SECRET: z.string().optional(),
  /** Whom a demo offers to be without being asked for anything, the first at first: `operator,customer-1`. */
  CONSOLE_DEMO_PEOPLE: List,
  /** Where people open it, if that is not where they say that they are (the header Host, without TLS). */
  CONSOLE_URL: z
    .url()
    .transform((url) => new URL(url).origin)
    .optional(),
  /** Said on the page; the services have it from their own. */
  STEP_DEADLINE_MS: wholeNumber(100, 604_800_000).optional(),
  CONSOLE_READ_ONLY: Switch.default(false),
  /**
   * Host names, beside the loopback ones, by which the console may be called: no page of another name can
   * make a browser talk to it.
   */
  CONSOLE_HOSTS: List.transform((hosts) => hosts.map((host) => host.toLowerCase())),
  LOG_LEVEL: LogLevel.default('info'),
});
export type Config = z.infer<typeof Config>;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(Config, environment);
