-- The contact comes on a topic of its own, before or after the outcome, and can be erased.
-- Expand only: a replica that does not know the columns leaves them as they are, and meets no row without a contact as long as the order service
-- is of its release.
ALTER TABLE "recipients" ALTER COLUMN "email" DROP NOT NULL, ALTER COLUMN "name" DROP NOT NULL,
  ADD COLUMN "waiting" JSONB NOT NULL DEFAULT '[]', ADD COLUMN "erased" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "recipients" ALTER COLUMN "waiting" SET STATISTICS 0;
