-- For what is forgotten by key, closed or not. Longer keys are no message's (blocked-keys.ts), and would not fit an index.
create index dead_letters_by_key on dead_letters (key) where octet_length(key) <= 800;
