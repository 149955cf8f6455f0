/**
 * The tables. `console` is kept over rebuilds; `g<N>` is one generation of the read model, which can be built
 * again from the topics at any time. All of it can be said again: what is there stays.
 */
import type { Tx } from '@sagakit/postgres/transaction';

export const schemaOf = (generation: number) => `g${Math.trunc(generation)}`;

const CONSOLE = `
create schema if not exists console;
create table if not exists console.generation (
  id int primary key generated always as identity,
  projection int not null,
  state text not null check (state in ('building', 'active', 'retired')),
  group_id text not null,
  started_at timestamptz not null default clock_timestamp(),
  switched_at timestamptz,
  -- What its reader had taken from Kafka was held back when this was set; if it still is at a start, all is read again.
  frozen boolean not null default false
);
create unique index if not exists one_is_active on console.generation ((true)) where state = 'active';
create table if not exists console.definition (
  name text not null, version int not null, body jsonb not null, seen_at timestamptz not null, primary key (name, version)
);
-- Spans are not on Kafka: they are kept over rebuilds, by hours since 1970.
create table if not exists console.trace (
  trace text collate "C" primary key, kept_at timestamptz not null default clock_timestamp(), why text not null
);
create index if not exists trace_kept_at on console.trace (kept_at);
create table if not exists console.span (
  hour int not null, trace text collate "C" not null, span text collate "C" not null, parent text, service text not null,
  name text not null, kind text not null, start_us bigint not null, duration_us bigint not null, failed boolean not null,
  story text collate "C", attributes jsonb not null,
  primary key (trace, span, hour)
) partition by list (hour);`;

/** Text compares by bytes, as the folds do; ids and keys need no language. */
const generation = (g: string) => `
create schema ${g};
create table ${g}.message (
  source text collate "C" not null, id text collate "C" not null, story text collate "C" not null, subject text not null,
  type text not null, topic text collate "C" not null, partition int not null, "offset" bigint not null,
  time timestamptz not null, logged_at timestamptz not null, sequence bigint not null, hops int not null,
  cause text, saga text, trace text not null, span text not null, version text, value text not null, bytes int not null,
  primary key (source, id)
) partition by range (id);
create index on ${g}.message (story, time);
create index on ${g}.message (right(id, 8));
create table ${g}.message_default partition of ${g}.message default;
create table ${g}.copy (
  topic text collate "C" not null, partition int not null, "offset" bigint not null,
  source text collate "C" not null, id text collate "C" not null, story text collate "C" not null,
  type text not null, logged_at timestamptz not null,
  primary key (topic, partition, "offset")
);
create index on ${g}.copy (story);
create table ${g}.story (
  story text collate "C" primary key, kind smallint not null, subject text collate "C" not null,
  first_at timestamptz not null, last_at timestamptz not null, undone boolean not null,
  placed_key text collate "C", order_id text, customer text, title text, skus text, amount bigint, currency text, placed_at timestamptz,
  status_key text collate "C", status text, reason text, status_at timestamptz,
  saga_key text collate "C", saga text, saga_status text
) with (fillfactor = 70);
create index on ${g}.story (order_id);
create index on ${g}.story (placed_at desc, story desc);
create index on ${g}.story (customer, placed_at desc);
create index on ${g}.story (right(story, 8));
create index on ${g}.story (right(order_id, 8));
create table ${g}.story_trace (
  trace text collate "C" not null, story text collate "C" not null, primary key (trace, story)
);
create index on ${g}.story_trace (right(trace, 8));
create table ${g}.parked (
  service text not null, topic text collate "C" not null, partition int not null, "offset" bigint not null,
  parked_key text collate "C" not null, story text collate "C", key text, type text, message_id text, reason text not null,
  error text not null, attempts int not null, parked_at timestamptz not null, value text,
  primary key (service, topic, partition, "offset")
);
create index on ${g}.parked (story);
create table ${g}.product (
  sku text collate "C" primary key, name text not null, amount bigint not null, currency text not null,
  product_key text collate "C" not null
);
create table ${g}.minute (
  minute timestamptz not null, topic text not null, type text not null, n bigint not null, primary key (minute, topic, type)
);
create table ${g}.position (
  topic text collate "C" not null, partition int not null, next bigint not null, logged_at timestamptz,
  first bigint not null, first_at timestamptz,
  primary key (topic, partition)
);`;

/** Tables of a generation, and the columns that tell its rows apart. */
export const TABLES: Readonly<Record<string, string>> = {
  message: 'source, id',
  copy: 'topic, partition, "offset"',
  story: 'story',
  story_trace: 'trace, story',
  parked: 'service, topic, partition, "offset"',
  product: 'sku',
  minute: 'minute, topic, type',
};

/**
 * Two processes that start at once would both find that something is missing. Any number will do, if nobody
 * else takes it.
 */
const LOCK = 'select pg_advisory_xact_lock(7064301)';

/** Inside a transaction. */
export async function ensureConsole(tx: Tx): Promise<void> {
  await tx.query(LOCK);
  await each(tx, CONSOLE);
}

/** Inside a transaction. */
export async function createGenerationTables(tx: Tx, id: number): Promise<void> {
  await each(tx, generation(schemaOf(id)));
}

export const dropGenerationTables = (tx: Tx, id: number) =>
  tx.query(`drop schema if exists ${schemaOf(id)} cascade`);

/** One statement after the other: they travel by the extended protocol, which takes one at a time. */
async function each(tx: Tx, statements: string): Promise<void> {
  for (const statement of statements.split(/;\s*(?:\n|$)/))
    if (statement.trim() !== '') await tx.query(statement);
}
