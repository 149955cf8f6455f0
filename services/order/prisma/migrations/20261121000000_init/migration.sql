-- CreateTable
CREATE TABLE "orders" (
    "order_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "sequence" INTEGER NOT NULL,
    "answers" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "payment_id" TEXT,
    "customer_id" TEXT NOT NULL,
    "lines" JSONB NOT NULL,
    "total_amount" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("order_id"),
    CONSTRAINT "orders_status" CHECK ("status" IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED'))
) WITH (fillfactor = 60);

-- CreateTable
CREATE TABLE "order_events" (
    "order_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "message_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_events_pkey" PRIMARY KEY ("order_id", "sequence")
);

-- CreateTable
CREATE TABLE "products" (
    "sku" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price_amount" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,

    CONSTRAINT "products_pkey" PRIMARY KEY ("sku")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "response" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "orders_customer_id_placed_at_order_id_idx" ON "orders"("customer_id", "placed_at", "order_id");

-- CreateIndex
CREATE INDEX "orders_placed_at_order_id_idx" ON "orders"("placed_at", "order_id");

-- Nobody searches by these, and autovacuum would sort whole documents to count their values (measured: a third of the database's CPU).
ALTER TABLE "orders" ALTER COLUMN "answers" SET STATISTICS 0, ALTER COLUMN "lines" SET STATISTICS 0;
ALTER TABLE "order_events" ALTER COLUMN "data" SET STATISTICS 0;
ALTER TABLE "idempotency_keys" ALTER COLUMN "response" SET STATISTICS 0;
