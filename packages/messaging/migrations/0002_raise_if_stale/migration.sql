-- Compare and set, decided where the rows are: a save that did not change every row it was given fails its transaction, and the COMMIT
-- that travels with it becomes a ROLLBACK. 40001 (serialization failure) says: run the whole work again.
create function raise_if_stale(saved bigint, expected integer) returns void language plpgsql as $$
begin
  if saved <> expected then
    raise exception '% of % rows were changed by somebody else', expected - saved, expected using errcode = '40001';
  end if;
end
$$;
