/** Products as operators change them, by HTTP; no message does. */
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import { productsTable } from './storage/products-table.ts';

export const products = aggregate({ table: productsTable });
