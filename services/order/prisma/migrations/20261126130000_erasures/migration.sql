-- Who asked when that a customer's personal data be forgotten, and how far it is. Expand only: a replica of the release before knows none of it.
CREATE TABLE "erasures" (
    "customer_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "traceparent" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "reached_at" TIMESTAMPTZ(3),
    "reached_order_id" UUID,
    "done_at" TIMESTAMPTZ(3),
    "swept_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("customer_id", "number")
);

-- CreateIndex
CREATE INDEX "erasures_swept_at_requested_at_idx" ON "erasures"("swept_at", "requested_at");

-- The hash of a body without its contact: what is left to tell a repeated request by once the contact is forgotten.
ALTER TABLE "idempotency_keys" ADD COLUMN "rest_hash" TEXT;
