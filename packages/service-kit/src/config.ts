/** A service's settings come from the environment, are read once, and are all checked before anything starts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What every service needs. A service adds its own with `.extend`. */
export const ServiceConfig = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Put into DATABASE_URL; for deployments that keep passwords apart, usually as DATABASE_PASSWORD_FILE. */
  DATABASE_PASSWORD: z.string().min(1).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(100).default(10),
  /** `host:port`, several separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .transform((brokers) => brokers.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^:\s]+:\d+$/, 'must be host:port, several separated by commas')).min(1)),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /**
   * How long the service goes on serving after SIGTERM, not ready any more: until whoever sends it requests has seen that and sends them
   * elsewhere. Longer than a balancer takes from one look at `/health/ready` to the next; 0 where there is none.
   */
  SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(5_000),
  /** Names this replica in logs, where several run. */
  INSTANCE: z.string().default('1'),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Every variable may be given as a file instead: NAME_FILE holds the path of a file with its value (Docker and Kubernetes secrets).
 *
 * Throws a ConfigError that names every bad variable and says what is wrong with each; values are not shown.
 */
export function readConfig<S extends z.ZodObject>(schema: S, given: NodeJS.ProcessEnv): z.infer<S> {
  const environment = withPassword({ ...given, ...fromFiles(Object.keys(schema.shape), given) });
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `  ${name}: ${environment[name] === undefined ? 'is not set' : message}`;
  });
  throw new ConfigError(`the environment does not fit:\n${lines.join('\n')}`);
}

function fromFiles(names: string[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read: NodeJS.ProcessEnv = {};
  for (const name of names) {
    const file = environment[`${name}_FILE`];
    if (file === undefined || environment[name] !== undefined) continue;
    try {
      read[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new ConfigError(`the environment does not fit:\n  ${name}_FILE: ${(error as Error).message}`);
    }
  }
  return read;
}

function withPassword(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL, DATABASE_PASSWORD } = environment;
  if (!DATABASE_URL || !DATABASE_PASSWORD || !URL.canParse(DATABASE_URL)) return environment;
  const url = new URL(DATABASE_URL);
  url.password = encodeURIComponent(DATABASE_PASSWORD);
  return { ...environment, DATABASE_URL: url.href };
}
