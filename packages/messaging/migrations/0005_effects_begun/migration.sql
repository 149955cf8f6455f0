-- False: nobody has made the call yet, and nobody makes it without setting this first. An undo may then drop it. A writer that does not know
-- the column makes its calls unmarked: hence the default.
alter table effects add column begun boolean not null default true;
create index effects_not_begun on effects (subject) where not begun;
