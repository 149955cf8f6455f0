/** What somebody is about to order. */
import type { Money, OrderToPlace, Product } from '@order-saga/console/api';

export type Basket = Readonly<Record<string, number>>;

export function put(basket: Basket, sku: string, quantity: number): Basket {
  const { [sku]: _, ...others } = basket;
  return quantity > 0 ? { ...others, [sku]: quantity } : others;
}

export function total(basket: Basket, products: readonly Product[], currency: string): Money {
  const amount = products.reduce((sum, { sku, price }) => sum + (basket[sku] ?? 0) * price.amount, 0);
  return { amount, currency };
}

/** The page asks nobody for an address: the shop is for looking at. */
const CONTACT: OrderToPlace['contact'] = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  address: {
    street: '12 St James Square',
    city: 'London',
    postalCode: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
};

export function toOrder(
  basket: Basket,
  { customerId, token }: { customerId: string; token: string },
): OrderToPlace {
  const lines = Object.entries(basket).map(([sku, quantity]) => ({ sku, quantity }));
  return { customerId, lines, payment: { token }, contact: CONTACT };
}
