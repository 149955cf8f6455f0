/**
 * A service's settings come from the environment, are read once, and are all checked before anything starts.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { KafkaSettings } from '@sagakit/kafka/settings';
import type { Address } from '@sagakit/postgres/connection';
import { z } from 'zod';
import {
  DEMO_SECRET_REFUSED,
  demoSecretsAreFine,
  isDemoSecret,
  OPEN_DOOR_REFUSED,
  othersComeIn,
} from './demo-secrets.ts';

/** Decimal digits only; what is wrong is said with its bounds. */
export const wholeNumber = (least: number, most: number) => {
  const words = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\s*\d{1,15}\s*$/, words)
    .transform(Number)
    .pipe(z.number().min(least, words).max(most, words));
};

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * In any case, and by the names that other programs use: it is a variable that many a shell has set for
 * something else.
 */
export const LogLevel = z
  .string()
  .transform((level) => level.trim().toLowerCase())
  .transform(
    (level) =>
      ({ warning: 'warn', notice: 'info', critical: 'fatal', off: 'silent', none: 'silent' })[level] ?? level,
  )
  .pipe(z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`));

export const Switch = z.stringbool({ error: 'must be true or false' });
const PostgresUrl = z.url({ protocol: /^postgres(ql)?$/ });

/** Whose database it is; all that a migration needs to know. */
export const DatabaseConfig = z.object({
  /** The role that works: with rights on rows only, where DATABASE_OWNER_URL names another. */
  DATABASE_URL: PostgresUrl,
  /**
   * Put into DATABASE_URL; for deployments that keep passwords apart, usually as DATABASE_PASSWORD_FILE,
   * which each new connection reads anew.
   */
  DATABASE_PASSWORD: z.string().min(1).optional(),
  DATABASE_PASSWORD_FILE: z.string().optional(),
  /** The role that owns the tables, for migrations; left out: the one that works. */
  DATABASE_OWNER_URL: PostgresUrl.optional(),
  DATABASE_OWNER_PASSWORD: z.string().min(1).optional(),
  DATABASE_OWNER_PASSWORD_FILE: z.string().optional(),
});
export type DatabaseConfig = z.infer<typeof DatabaseConfig>;

export const databaseOf = (config: DatabaseConfig): Address => ({
  url: config.DATABASE_URL,
  passwordFile: config.DATABASE_PASSWORD_FILE,
});

export const ownersDatabaseOf = (config: DatabaseConfig): Address =>
  config.DATABASE_OWNER_URL === undefined
    ? databaseOf(config)
    : { url: config.DATABASE_OWNER_URL, passwordFile: config.DATABASE_OWNER_PASSWORD_FILE };

/** What every service needs. Its own a service names as `settings` of `defineService`. */
export const ServiceConfig = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535),
  ...DatabaseConfig.shape,
  DATABASE_POOL_SIZE: wholeNumber(2, 100).default(10),
  /** False: somebody else does (`node src/main.ts migrate`), and the service waits for it. */
  MIGRATE_AT_START: Switch.default(true),
  ...KafkaSettings.shape,
  /**
   * `on`: every call carries a token of AUTH_ISSUER for AUTH_AUDIENCE, but those that are open; `off`:
   * whoever reaches the port may do everything. Who says nothing does not get an open door.
   */
  AUTH: z.enum(['on', 'off'], 'must be on or off').default('on'),
  AUTH_ISSUER: z.url().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  /** Where the issuer's public keys are (RFC 7517): a url, or the path of a file. */
  AUTH_JWKS: z.string().optional(),
  LOG_LEVEL: LogLevel.default('info'),
  /**
   * How long the service goes on serving after SIGTERM, not ready any more: until whoever sends it requests
   * has seen that and sends them elsewhere. Longer than a balancer takes from one look at `/health/ready` to
   * the next; 0 where there is none.
   */
  SHUTDOWN_DELAY_MS: wholeNumber(0, 60_000).default(5_000),
  /** Names this replica in logs, where several run. A container's host name is its id. */
  INSTANCE: z.string().default(() => hostname()),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

export class ConfigError extends Error {
  override name = 'ConfigError';
  /** One sentence each, that begins with the variable's name. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the environment does not fit:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * A variable that is set to nothing is not set: shells, Compose and CI systems pass on `NAME=` for what
 * nobody gave a value. Every variable may be given as a file instead: NAME_FILE holds the path of a file with
 * its value (Docker and Kubernetes secrets).
 *
 * Throws a ConfigError that names every bad variable and says what is wrong with each; values are not shown.
 */
export function readConfig<S extends z.ZodObject>(schema: S, given: NodeJS.ProcessEnv): z.infer<S> {
  const set = withoutEmpty(given);
  const environment = withPasswords({ ...set, ...fromFiles(Object.keys(schema.shape), set) });
  refuseDemoSecrets(environment, Object.keys(schema.shape));
  if ('AUTH' in schema.shape && environment['AUTH'] === 'off' && othersComeIn(environment))
    throw new ConfigError([`AUTH: ${OPEN_DOOR_REFUSED}`]);
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}: ${environment[name] === undefined ? 'is not set' : message}`;
  });
  throw new ConfigError(problems);
}

function refuseDemoSecrets(environment: NodeJS.ProcessEnv, names: readonly string[]): void {
  if (demoSecretsAreFine(environment)) return;
  const known = names.filter((name) => isDemoSecret(environment[name]));
  if (known.length > 0) throw new ConfigError(known.map((name) => `${name}: ${DEMO_SECRET_REFUSED}`));
}

/** What every service needs and a service's own settings, if it has any. Throws as readConfig does. */
export function readSettings<Own extends z.core.$ZodLooseShape = Record<never, never>>(
  environment: NodeJS.ProcessEnv,
  own?: z.ZodObject<Own>,
): ServiceConfig & z.infer<z.ZodObject<Own>> {
  const config = readConfig(ServiceConfig.extend(own?.shape ?? {}), environment) as ServiceConfig &
    z.infer<z.ZodObject<Own>>;
  authOf(config);
  return config;
}

export type AuthConfig =
  { AUTH: 'off' } | { AUTH: 'on'; AUTH_ISSUER: string; AUTH_AUDIENCE: string; AUTH_JWKS: string };

const TOKENS_ARE_ASKED_FOR =
  'every call is asked for a token, and this says whose are taken. Where nobody else comes in: AUTH=off';

/**
 * Throws a ConfigError that names what AUTH=on lacks: whoever forgets a setting does not get an open door.
 */
export function authOf({ AUTH, AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS }: ServiceConfig): AuthConfig {
  if (AUTH === 'off') return { AUTH };
  if (AUTH_ISSUER && AUTH_AUDIENCE && AUTH_JWKS) return { AUTH, AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS };
  const missing = Object.entries({ AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS }).filter(([, value]) => !value);
  throw new ConfigError(missing.map(([name]) => `${name}: is not set; ${TOKENS_ARE_ASKED_FOR}`));
}

const isEmpty = (value: string | undefined) => value === undefined || value.trim() === '';

const withoutEmpty = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => !isEmpty(value)));

function fromFiles(names: string[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read: NodeJS.ProcessEnv = {};
  for (const name of names) {
    const file = environment[`${name}_FILE`];
    if (file === undefined) continue;
    if (environment[name] !== undefined) {
      read[`${name}_FILE`] = undefined; // what is given itself counts more
      continue;
    }
    try {
      read[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new ConfigError([`${name}_FILE: ${(error as Error).message}`]);
    }
    if (isEmpty(read[name])) throw new ConfigError([`${name}_FILE: ${file} is empty`]);
  }
  return read;
}

const withPasswords = (environment: NodeJS.ProcessEnv) =>
  withPassword(withPassword(environment, 'DATABASE'), 'DATABASE_OWNER');

function withPassword(environment: NodeJS.ProcessEnv, prefix: string): NodeJS.ProcessEnv {
  const { [`${prefix}_URL`]: given, [`${prefix}_PASSWORD`]: password } = environment;
  if (!given || !password || !URL.canParse(given)) return environment;
  const url = new URL(given);
  url.password = encodeURIComponent(password);
  return { ...environment, [`${prefix}_URL`]: url.href };
}
