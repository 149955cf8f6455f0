-- The runtime's own tables, the same in every service's database. They belong to packages/messaging, not to the service's
-- Prisma schema (prisma.config.ts names them as external).

-- Messages that are committed and not yet sent. Small for ever: the relay deletes what it has sent.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key text not null,
  message text not null,
  created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- Messages that took effect. Pruned by age, which exceeds the topics' retention.
create table inbox (
  consumer text not null,
  source text not null,
  id text not null,
  received_at timestamptz not null default now(),
  primary key (consumer, source, id)
) with (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

-- Calls to the outside that are decided and not yet answered.
create table effects (
  id uuid primary key,
  kind text not null,
  subject text not null,
  request jsonb not null,
  cause jsonb not null,
  attempts integer not null default 0,
  -- A worker owns the row until then; after a crash another one takes it over.
  claimed_until timestamptz not null,
  last_error text,
  created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- Messages that can never succeed, as received.
create table dead_letters (
  id uuid primary key,
  status text not null default 'parked' check (status in ('parked', 'replayed', 'discarded')),
  reason text not null,
  error text not null,
  attempts integer not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key bytea,
  value bytea,
  headers jsonb not null,
  type text,
  correlation_id text,
  parked_at timestamptz not null default now(),
  -- Set once the copy is on <service>.dlq.
  copied_at timestamptz
);
create index dead_letters_by_age on dead_letters (parked_at, id);
create index dead_letters_not_copied on dead_letters (parked_at) where copied_at is null;

-- Who sends the outbox. One row; its holder also holds an advisory lock, and the heartbeat tells a frozen holder from a live one.
create table relay (
  only_row boolean primary key default true check (only_row),
  backend_pid integer not null,
  heartbeat_at timestamptz not null
);

-- Nobody searches by these, and autovacuum would sort whole documents to count their values.
alter table outbox alter column message set statistics 0;
alter table effects alter column request set statistics 0, alter column cause set statistics 0;
alter table dead_letters alter column value set statistics 0, alter column headers set statistics 0;
