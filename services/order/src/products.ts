/**
 * The order service's copy of inventory's products: prices and names, taken over as they are told. A unit of
 * work by hand: nothing is locked or decided, what came last by inventory's own numbers is written over what
 * was there. The topic is kept for ever and may be read again long after the inbox has forgotten it: what is
 * older than what is known is no news.
 */
import { ProductListed, ProductPriceChanged } from '@order-saga/contracts/inventory';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import { type Product, saveProducts, type ToldProduct } from './storage/products.ts';

export function products(): Aggregate {
  return {
    handles: [ProductListed, ProductPriceChanged],
    async load() {
      const told = new Map<string, ToldProduct>();
      return {
        handle({ message }) {
          const sequence = Number(message.sequence);
          if (sequence >= (told.get(message.subject)?.sequence ?? 0)) {
            told.set(message.subject, { ...(message.data as Product), sequence });
          }
          return { messages: [], effects: [] };
        },
        save: () => saveProducts([...told.values()]),
      };
    },
  };
}
