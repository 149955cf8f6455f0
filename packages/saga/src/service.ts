/** A service that runs sagas, as one declaration: its name, its tables, the definitions of a release. */
import { readSettings } from '@sagakit/service-kit/config';
import type { Service } from '@sagakit/service-kit/define-service';
import type { ServiceDefinition } from '@sagakit/service-kit/definition';
import type { OperatorAccess } from '@sagakit/service-kit/http/auth/access';
import { migrateOnce } from '@sagakit/service-kit/migrations';
import { startService } from '@sagakit/service-kit/service';
import type { z } from 'zod';
import { expireDeadlines } from './deadlines.ts';
import { withDeadline } from './define.ts';
import { getDefinitions } from './http/get-definitions.ts';
import { getSagas } from './http/get-sagas.ts';
import { operateSagas } from './http/operate-sagas.ts';
import { sagaMetrics } from './metrics.ts';
import { createSagaReads } from './reads.ts';
import { definitionsOf, nameOf, type Release } from './release.ts';
import { liveVersions } from './runner/sagas-table.ts';
import { sagaAggregate } from './runner/unit.ts';

type SagaParts = Required<
  Pick<ServiceDefinition, 'aggregates' | 'endpoints' | 'background' | 'incompatible'>
>;

/** What operators did is not changed afterwards. */
const APPEND_ONLY = ['operator_actions'] as const;

const LOOKED_FOR_EVERY_MS = 1_000;

/**
 * Declares a service that runs the sagas of a release. Its database has the tables `sagas`, `deadlines` and
 * `operator_actions`, with the subject in the column that the release says.
 *
 * @param service.settings its own, besides those that every service has (see config.ts)
 * @param service.operators what the calls about sagas, and about parked messages, ask for
 * @param service.deadlineMs of its settings, what replaces each step's own deadline; undefined: nothing does
 */
export function defineSagaService<Own extends z.core.$ZodLooseShape = Record<never, never>>({
  release,
  settings,
  deadlineMs,
  ...service
}: Pick<ServiceDefinition, 'name' | 'catalogue' | 'operators' | 'migrations'> & {
  release: Release;
  settings?: z.ZodObject<Own>;
  deadlineMs?: (settings: z.infer<z.ZodObject<Own>>) => number | undefined;
}): Service {
  const tables = { migrations: service.migrations, appendOnly: APPEND_ONLY };
  const read = (environment: NodeJS.ProcessEnv) => readSettings(environment, settings);
  return {
    name: service.name,
    readSettings: read,
    migrate: (environment) => migrateOnce(service.name, tables, environment),
    async start(environment, options) {
      const config = read(environment);
      const sagas = sagaParts(release, service.operators, deadlineMs?.(config));
      return startService({ ...service, ...tables, ...sagas, config }, options);
    },
  };
}

function sagaParts(release: Release, operators: OperatorAccess, deadlineMs: number | undefined): SagaParts {
  const definitions = definitionsOf({
    subject: release.subject,
    started: release.started.map((saga) => withDeadline(saga, deadlineMs)),
    alsoRunning: release.alsoRunning.map((saga) => withDeadline(saga, deadlineMs)),
  });
  const known = new Set(definitions.all.map(nameOf));
  const everyMs =
    deadlineMs === undefined ? LOOKED_FOR_EVERY_MS : Math.min(LOOKED_FOR_EVERY_MS, deadlineMs / 4);
  return {
    aggregates: ({ writer, registry, pool }) => [
      sagaAggregate(definitions, writer, sagaMetrics(writer.catalogue, registry, pool, definitions.subject)),
    ],
    endpoints: (parts) => [
      getDefinitions(definitions, release.sourceFileOf, operators.look),
      ...getSagas(createSagaReads(parts.readPool, definitions.subject), definitions, operators.look),
      ...operateSagas(parts, definitions, operators.act),
    ],
    background: (parts) => [expireDeadlines({ ...parts, definitions, everyMs })],
    // Sagas of another release are left alone: not one of their messages is taken, so that a replica that
    // knows them gets all.
    async incompatible({ pool }) {
      const unknown = (await liveVersions(pool)).filter((saga) => !known.has(nameOf(saga)));
      if (unknown.length === 0) return undefined;
      return `this release does not have ${unknown.map((saga) => `${nameOf(saga)} (${saga.live} live)`).join(', ')}`;
    },
  };
}
