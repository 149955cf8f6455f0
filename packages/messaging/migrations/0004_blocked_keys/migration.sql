-- Later messages of a parked message's key wait behind it, parked too. Expand only: an older replica goes on with these columns unset.
alter table dead_letters
  -- The order in which they were parked: times may tie.
  add column place bigint generated always as identity,
  -- In its key's queue: what comes later for the key waits until this one is replayed or discarded.
  add column blocks_key boolean not null default false,
  -- What the inbox remembers of it; a discarded message that has an id is forgotten there.
  add column inbox_source text,
  add column inbox_id text,
  -- What came of it when it was replayed, and when it was closed.
  add column outcome jsonb,
  add column closed_at timestamptz,
  -- Why the broker refuses its copy for good.
  add column copy_error text;

-- As received: jsonb takes no NUL, and a hostile header may have one.
alter table dead_letters alter column headers type json using headers::json;

-- Keys in a queue are short enough for an index (a message's subject is); the others block nothing.
create index dead_letters_queue on dead_letters (topic, key, place) where blocks_key and status = 'parked';
create index dead_letters_closed on dead_letters (closed_at) where closed_at is not null;

-- The keys that have a queue. Batch and replay both lock the row, so that nothing slips between the last replayed and the next to come.
create table blocked_keys (
  consumer text not null,
  topic text not null,
  key bytea not null,
  blocked_at timestamptz not null default now(),
  primary key (consumer, topic, key)
);

-- Who did what to a parked message, why, and what came of it.
create table dead_letter_actions (
  id uuid primary key,
  letter_id uuid not null references dead_letters (id) on delete cascade,
  at timestamptz not null default now(),
  by text not null,
  action text not null check (action in ('replay', 'discard')),
  reason text,
  outcome text not null
);
create index dead_letter_actions_of_letter on dead_letter_actions (letter_id, at);
