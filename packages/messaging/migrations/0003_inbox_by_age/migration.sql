-- For pruning. Rows come in the order of time, so a block range index finds the old ones and costs next to nothing to keep.
create index inbox_by_age on inbox using brin (received_at);
