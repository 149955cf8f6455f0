import type { MessageOf } from '@sagakit/messages/define';
import { ContactProvided, OrderPlaced } from '@order-saga/contracts/order';
import type { Money } from '@order-saga/contracts/values';
import { Contact, CURRENCY, Line, type OrderId, type Sku, Text } from '@order-saga/contracts/values';
import { z } from 'zod';

/** What a customer asks for. Prices are not theirs to say: an unknown field is refused, not ignored. */
export const PlaceOrder = z.strictObject({
  customerId: Text,
  lines: z.array(z.strictObject(Line.shape)).min(1).max(100),
  payment: z.strictObject({ token: Text }),
  contact: z.strictObject({ ...Contact.shape, address: z.strictObject(Contact.shape.address.shape) }),
});
export type PlaceOrder = z.infer<typeof PlaceOrder>;

/** The order service's own copy of what inventory sells. */
export type Catalogue = ReadonlyMap<Sku, { name: string; price: Money }>;

export type Refusal = { refused: { field: string; message: string }[] };

/** The order, and apart from it whom it is for. */
export type NewOrder = {
  placed: MessageOf<typeof OrderPlaced>;
  contact: MessageOf<typeof ContactProvided>;
};

/** Prices the lines by the catalogue; refuses what the catalogue does not know, naming each line. */
export function placeOrder(request: PlaceOrder, catalogue: Catalogue, orderId: OrderId): NewOrder | Refusal {
  const unknown = request.lines.flatMap(({ sku }, index) =>
    catalogue.has(sku) ? [] : [{ field: `lines.${index}.sku`, message: `there is no product ${sku}` }],
  );
  if (unknown.length > 0) return { refused: unknown };
  const lines = request.lines.map(({ sku, quantity }) => {
    const { name, price } = catalogue.get(sku) as { name: string; price: Money };
    return { sku, quantity, name, unitPrice: price };
  });
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);
  if (!Number.isSafeInteger(amount))
    return { refused: [{ field: 'lines', message: 'the total is too large' }] };
  const { customerId, payment, contact } = request;
  return {
    placed: OrderPlaced({ orderId, customerId, lines, total: { amount, currency: CURRENCY }, payment }),
    contact: ContactProvided({ orderId, customerId, contact }),
  };
}
