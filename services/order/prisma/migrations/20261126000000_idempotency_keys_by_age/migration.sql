-- For pruning. Rows come in the order of time, so a block range index finds the old ones and costs next to nothing to keep.
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" USING BRIN ("created_at");
