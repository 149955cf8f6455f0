import { personal } from '@sagakit/messages/personal';
import { z } from 'zod';

/**
 * Ids are branded: an order id cannot be passed where a SKU is meant. Lower case, as databases give it back:
 * the same id in another case would be another key to the runtime and the same row to the database.
 */
export const OrderId = z.uuid().lowercase().brand<'OrderId'>();
export type OrderId = z.infer<typeof OrderId>;

/** An order's id as a caller may write it: RFC 9562, read in any case. */
export const AnOrderId = z.uuid().toLowerCase().pipe(OrderId);

export const Sku = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,39}$/, 'must be 1 to 40 of A-Z, 0-9 and "-"')
  .brand<'Sku'>();
export type Sku = z.infer<typeof Sku>;

/** `amount` is an integer in minor units (cents). */
export const Money = z.object({ amount: z.int().min(0), currency: z.string().regex(/^[A-Z]{3}$/) });
export type Money = z.infer<typeof Money>;

/** The system has one currency; every price and total is in it. */
export const CURRENCY = 'EUR';

export const Quantity = z.int().min(1).max(1000);

/**
 * What a customer types: 1 to 200 characters, no control characters (a NUL cannot even be stored by
 * Postgres).
 */
export const Text = z
  .string()
  .min(1)
  .max(200)

  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/u, 'must not contain control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

/** Who somebody is and where they live. It travels in ContactProvided alone. */
export const Contact = z.object({
  email: personal(z.email().max(200)),
  name: personal(Text),
  address: personal(z.object({ street: Text, city: Text, postalCode: Text, country: Text })),
});
export type Contact = z.infer<typeof Contact>;

export const Line = z.object({ sku: Sku, quantity: Quantity });
export type Line = z.infer<typeof Line>;

/** A line with the name and price that held when the order was placed. */
export const PricedLine = Line.extend({ name: z.string().min(1), unitPrice: Money });
export type PricedLine = z.infer<typeof PricedLine>;
