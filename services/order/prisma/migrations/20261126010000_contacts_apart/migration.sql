-- Whom an order is for leaves its history, which is never changed, for a table whose rows can be deleted.
CREATE TABLE "order_contacts" (
    "order_id" UUID NOT NULL,
    "customer_id" TEXT NOT NULL,
    "contact" JSONB NOT NULL,

    CONSTRAINT "order_contacts_pkey" PRIMARY KEY ("order_id")
);
CREATE INDEX "order_contacts_customer_id_idx" ON "order_contacts"("customer_id");
ALTER TABLE "order_contacts" ALTER COLUMN "contact" SET STATISTICS 0;

-- Expand only: a replica that does not know the column leaves it as it is.
ALTER TABLE "orders" ADD COLUMN "contact_apart" BOOLEAN NOT NULL DEFAULT false;

-- A replica of the release before still writes contacts into OrderPlaced. None gets into the history: it is put where it belongs.
-- Costs nothing where there is none: the condition is looked at before anything is called.
-- With the owner's rights: the working role gets its own on the new table a moment later.
CREATE FUNCTION "contact_apart"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO "order_contacts" ("order_id", "customer_id", "contact")
    VALUES (NEW."order_id", NEW."data" ->> 'customerId', NEW."data" -> 'contact');
  NEW."data" := NEW."data" - 'contact';
  RETURN NEW;
END
$$;
CREATE TRIGGER "order_events_contact_apart" BEFORE INSERT ON "order_events" FOR EACH ROW
  WHEN (NEW."type" = 'OrderPlaced' AND NEW."data" ? 'contact') EXECUTE FUNCTION "contact_apart"();
