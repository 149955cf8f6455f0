/**
 * Which replica's relay is the active one: an advisory lock, and a heartbeat by which the others see that its
 * holder lives.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@sagakit/resilience/log';
import type pg from 'pg';

/**
 * The advisory lock's number: any constant, the same in every replica of a service (each service has its own
 * database).
 */
const RELAY_LOCK = 7_263_001;
/** A holder whose heartbeat is older than this is frozen: its backend is ended, and with it its lock. */
const FROZEN_AFTER_SECONDS = 5;

const TRY_EVERY_MS = 1_000;

/** Stands by until this connection is the leader's; false if it was aborted before. */
export async function becomeLeader(client: pg.Client, log: Log, signal: AbortSignal): Promise<boolean> {
  while (!(await tryToLead(client))) {
    if (await endFrozenHolder(client)) log.warn({}, 'relay: the leader was frozen; its connection was ended');
    else await delay(TRY_EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return false;
  }
  log.info({}, 'relay: became leader');
  return true;
}

/**
 * Tries to become the one relay of this database. Times are the database's, so replicas with wrong clocks
 * agree.
 */
async function tryToLead(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
    RELAY_LOCK,
  ]);
  if (!rows[0]?.mine) return false;
  await client.query(
    `insert into relay (backend_pid, heartbeat_at) values (pg_backend_pid(), now())
     on conflict (only_row) do update set backend_pid = excluded.backend_pid, heartbeat_at = excluded.heartbeat_at`,
  );
  return true;
}

export async function heartbeat(client: pg.Client): Promise<void> {
  await client.query({ name: 'relay-heartbeat', text: 'update relay set heartbeat_at = now()', values: [] });
}

/**
 * Ends the backend of a holder that is frozen (SIGSTOP, a suspended machine): a frozen process keeps its
 * connection, and so its lock, for ever. What it still sends when it wakes are duplicates, which inboxes
 * drop.
 */
async function endFrozenHolder(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ ended: boolean }>(
    `select pg_terminate_backend(backend_pid) as ended from relay
     where heartbeat_at < now() - $1 * interval '1 second' and backend_pid <> pg_backend_pid()
       and backend_pid in (select pid from pg_locks where locktype = 'advisory' and objid = $2 and granted)`,
    [FROZEN_AFTER_SECONDS, RELAY_LOCK],
  );
  return rows[0]?.ended === true;
}
