-- A record without a value: `message` is null, and this is what its headers say. A relay of the release before cannot send one: it stops
-- there, and says so, until a replica of this release leads.
alter table outbox alter column message drop not null, add column erasure json;
alter table outbox alter column erasure set statistics 0;
