-- A parked record's headers byte for byte, in order, repetitions included: [[name, content or null], ...] in base64. Null: parked by a release
-- that does not know the column, and `headers` (texts, one a name) is all there is. That one is written as before, for such a release to read.
alter table dead_letters add column raw_headers json;
alter table dead_letters alter column raw_headers set statistics 0;
