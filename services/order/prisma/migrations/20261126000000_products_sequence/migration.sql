-- The product's sequence at inventory that was taken over last. Its topic is kept for ever, the inbox is not: what is older must not come back.
-- Expand only: a replica that does not know the column leaves it as it is.
ALTER TABLE "products" ADD COLUMN "sequence" INTEGER NOT NULL DEFAULT 0;
