-- Who did what to a saga by hand, and what came of it. Rows are only added.
CREATE TABLE "operator_actions" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "by" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "text" TEXT,
    "outcome" TEXT NOT NULL,

    CONSTRAINT "operator_actions_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "operator_actions_order_id_at_idx" ON "operator_actions"("order_id", "at");
