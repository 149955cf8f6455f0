/** What a service that runs sagas consists of, beside its name, configuration and migrations. */
import type { OperatorAccess } from '@sagakit/service-kit/http/auth/access';
import type { ServiceDefinition } from '@sagakit/service-kit/service';
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

export type SagaParts = Required<
  Pick<
    ServiceDefinition,
    'aggregates' | 'operators' | 'endpoints' | 'background' | 'incompatible' | 'appendOnly'
  >
>;

/** What operators did is not changed afterwards. */
export const SAGA_APPEND_ONLY = ['operator_actions'] as const;

const LOOKED_FOR_EVERY_MS = 1_000;

/**
 * `startService({ name, catalogue, config, migrations, ...runsSagas(release, { operators }) })`. Its database
 * has the tables `sagas`, `deadlines` and `operator_actions`, with the subject in the column that the release
 * says.
 *
 * @param operators what the calls about sagas, and about parked messages, ask for
 * @param deadlineMs replaces each step's own deadline
 */
export function runsSagas(
  release: Release,
  { operators, deadlineMs }: { operators: OperatorAccess; deadlineMs?: number | undefined },
): SagaParts {
  const definitions = definitionsOf({
    subject: release.subject,
    started: release.started.map((saga) => withDeadline(saga, deadlineMs)),
    alsoRunning: release.alsoRunning.map((saga) => withDeadline(saga, deadlineMs)),
  });
  const known = new Set(definitions.all.map(nameOf));
  const everyMs =
    deadlineMs === undefined ? LOOKED_FOR_EVERY_MS : Math.min(LOOKED_FOR_EVERY_MS, deadlineMs / 4);
  return {
    operators,
    appendOnly: SAGA_APPEND_ONLY,
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
