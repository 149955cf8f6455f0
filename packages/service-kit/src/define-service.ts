/**
 * A service as one declaration: its name, its settings, what it decides about, whom it calls, what it serves.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Declaration, Declared } from '@sagakit/messaging/aggregate/aggregate';
import { changeAggregate, type Changed } from '@sagakit/messaging/inbox/change';
import { assertComplete } from '@sagakit/messaging/aggregate/complete';
import type { Context } from '@sagakit/messaging/aggregate/decision';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import type { EffectHandler } from '@sagakit/messaging/effects/effect';
import type { Tx } from '@sagakit/postgres/transaction';
import type { z } from 'zod';
import { readSettings, type ServiceConfig } from './config.ts';
import type { Parts, ServiceDefinition } from './definition.ts';
import type { Endpoint } from './http/endpoint.ts';
import { requestTraceparent } from './http/traceparent.ts';
import { migrateOnce } from './migrations.ts';
import { type RunningService, startService } from './service.ts';

/** Changes one aggregate for a request: locked, decided, saved and told in one transaction. */
type Changes<S, Id extends string, Out> = {
  /**
   * Undefined: there is no such aggregate. `ignored` is the decision's word.
   *
   * @param read what the decision needs besides the state, read in the trip that locks
   */
  change<Read = undefined>(
    request: IncomingHttpHeaders,
    key: Id,
    decision: (state: S, read: Read, context: Context<Id>) => Out,
    read?: (tx: Tx, key: Id) => Promise<Read>,
  ): Promise<Changed<S> | undefined>;
};

/** What an endpoint is given of an aggregate: `ChangesOf<typeof bookings>`. */
export type ChangesOf<Aggregate> =
  Aggregate extends Declaration<infer S, infer Id, infer _, infer Out> ? Changes<S, Id, Out> : never;

export type ServiceParts<Settings> = Parts & {
  settings: Settings;
  changesOf<S, Id extends string, Out>(
    aggregate: Declaration<S, Id, S | undefined, Out>,
  ): Changes<S, Id, Out>;
};

/** The adapters to the outside, and how many of their calls may be under way at once. */
export type Effects = { handlers: readonly EffectHandler[]; concurrency: number };

type Shape = z.core.$ZodLooseShape;
type SettingsOf<S extends Shape> = z.infer<z.ZodObject<S>>;

export type Service = {
  name: string;
  /** Throws a ConfigError that names every setting that does not fit. */
  readSettings(environment: NodeJS.ProcessEnv): ServiceConfig;
  start(environment: NodeJS.ProcessEnv, options: { onDead: (error: Error) => void }): Promise<RunningService>;
  /** Makes its tables what this release needs, and gives the working role its rights; nothing else. */
  migrate(environment: NodeJS.ProcessEnv): Promise<void>;
};

/**
 * Declares a service. It does not start, and says why, if it would swallow something (see assertComplete).
 *
 * @param service.settings its own, besides those that every service has (see config.ts)
 * @param service.aggregates a function is a unit of work by hand, for what does not fit one row
 */
export function defineService<Own extends Shape = Record<never, never>>({
  settings,
  aggregates,
  effects: effectsOf,
  endpoints,
  prune,
  ...rest
}: Pick<
  ServiceDefinition,
  | 'name'
  | 'catalogue'
  | 'operators'
  | 'migrations'
  | 'appendOnly'
  | 'batchDelay'
  | 'prepare'
  | 'background'
  | 'waitingFor'
  | 'details'
> & {
  settings?: z.ZodObject<Own>;
  aggregates: readonly (Declared | ((parts: Parts) => Aggregate))[];
  effects?: (settings: SettingsOf<Own>) => Effects;
  endpoints: (parts: ServiceParts<SettingsOf<Own>>) => Endpoint[];
  prune?: (settings: SettingsOf<Own>) => NonNullable<ServiceDefinition['prune']>;
}): Service {
  const { name, catalogue } = rest;
  const read = (environment: NodeJS.ProcessEnv) => readSettings(environment, settings);
  return {
    name,
    readSettings: read,
    migrate: (environment) => migrateOnce(name, rest, environment),
    async start(environment, options) {
      const config = read(environment);
      const effects = effectsOf?.(config);
      return startService(
        {
          ...rest,
          config,
          aggregates(parts) {
            const bound = aggregates.map((each) =>
              typeof each === 'function' ? each(parts) : each.bind(parts.writer),
            );
            const results = aggregates.flatMap((each) => (typeof each === 'function' ? [] : each.results));
            const called = (effects?.handlers ?? []).map(({ effect }) => effect);
            assertComplete({ name, catalogue, aggregates: bound, results, called });
            return bound;
          },
          endpoints: (parts) =>
            endpoints({ ...parts, settings: config, changesOf: (aggregate) => changesOf(parts, aggregate) }),
          ...(effects ? { effects } : {}),
          ...(prune ? { prune: prune(config) } : {}),
        },
        options,
      );
    },
  };
}

function changesOf<S, Id extends string, Out>(
  parts: Parts,
  aggregate: Declaration<S, Id, S | undefined, Out>,
): Changes<S, Id, Out> {
  return {
    change: (request, key, decision, read) =>
      changeAggregate(parts, aggregate, {
        key,
        traceparent: requestTraceparent(request),
        decision,
        read: read ?? (async () => undefined as never),
      }),
  };
}
