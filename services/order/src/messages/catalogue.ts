/** The order service's copy of inventory's products: prices and names, taken over as they are told. */
import type { Product } from '../storage/products.ts';
import { ProductListed, ProductPriceChanged } from '@order-saga/contracts/inventory';
import type { Unit } from '@order-saga/messaging/unit';
import { saveProducts } from '../storage/products.ts';

export function catalogueUnit(): Unit {
  return {
    handles: [ProductListed, ProductPriceChanged],
    async load() {
      const products = new Map<string, Product>();
      return {
        handle({ message }) {
          products.set(message.subject, message.data as Product);
          return { messages: [], effects: [] };
        },
        save: () => saveProducts([...products.values()]),
      };
    },
  };
}
