/**
 * The sagas' definitions, asked of the orchestrator and kept: a story can be drawn while the orchestrator is
 * away.
 */
import { troubleOf } from '@sagakit/postgres/database-errors';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Definitions, SagaAsData } from './story/definition.ts';
import { jsonOf, type Upstream } from './upstream.ts';

export type KnownDefinitions = {
  /** At once; asks for them now and then, and whenever one that is needed is missing. */
  all(): readonly SagaAsData[];
  load(): Promise<void>;
};

/** A deployment may bring others. */
const OLD_AFTER_MS = 60_000;

/** @param now milliseconds of a clock that only goes forward */
export function createDefinitions(
  { pool, upstream, log }: { pool: Pool; upstream: Upstream; log: Logger },
  now = () => performance.now(),
): KnownDefinitions {
  let known: SagaAsData[] = [];
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const answer = Definitions.safeParse(jsonOf(await upstream.ask('saga-orchestrator', '/definitions')));
    // Soon again, if it is away.
    askedAt = answer.success ? now() : now() - OLD_AFTER_MS + 2_000;
    if (!answer.success) return;
    const fresh = new Map(
      [...known, ...answer.data.items].map((saga) => [`${saga.name} ${saga.version}`, saga]),
    );
    known = [...fresh.values()];
    await pool.query(
      `insert into console.definition (name, version, body, seen_at)
       select d->>'name', (d->>'version')::int, d, now() from jsonb_array_elements($1::jsonb) d
       on conflict (name, version) do update set body = excluded.body, seen_at = excluded.seen_at`,
      [JSON.stringify(answer.data.items)],
    );
  }

  function refresh(): Promise<void> {
    asking ??= ask()
      .catch((error: unknown) => log.warn(troubleOf(error), 'the definitions of the sagas are not kept'))
      .finally(() => {
        asking = undefined;
      });
    return asking;
  }

  return {
    all() {
      if (now() - askedAt > OLD_AFTER_MS) void refresh();
      return known;
    },
    async load() {
      const { rows } = await pool.query<{ body: unknown }>('select body from console.definition');
      known = rows.flatMap(({ body }) => SagaAsData.safeParse(body).data ?? []);
      await refresh();
    },
  };
}
