-- What the history holds of contacts already is moved. In a transaction of its own, which locks nothing that is written: orders are placed meanwhile.
INSERT INTO "order_contacts" ("order_id", "customer_id", "contact")
  SELECT "order_id", "data" ->> 'customerId', "data" -> 'contact' FROM "order_events"
  WHERE "type" = 'OrderPlaced' AND "data" ? 'contact';
UPDATE "order_events" SET "data" = "data" - 'contact' WHERE "type" = 'OrderPlaced' AND "data" ? 'contact';
