import { MAY_OPERATE } from '@order-saga/contracts/access';
import { CURRENCY, Money, Sku, Text } from '@order-saga/contracts/values';
import type { ChangesOf } from '@sagakit/service-kit/define-service';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { paged } from '@sagakit/service-kit/http/paged';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import { adjustStock, changePrice, MAX_AVAILABLE, type Product } from '../domain/product.ts';
import type { products as declared } from '../products.ts';
import type { ProductRow, Reads } from '../storage/reads.ts';

const params = z.object({ sku: Sku });
const bySku = paged(params, { most: 500, unasked: 200 });

const Adjustment = z.strictObject({
  quantity: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .refine((quantity) => quantity !== 0, 'must not be 0'),
  reason: Text,
});

const Price = z.strictObject({ amount: Money.shape.amount.max(100_000_000), currency: z.literal(CURRENCY) });

export function readStock(reads: Reads) {
  return [
    endpoint({
      method: 'get',
      path: '/stock',
      summary: 'All products with price and stock, by SKU',
      access: 'open',
      inputs: { query: z.object(bySku.query) },
      responses: { 200: '{items, nextCursor?}' },
      async handle({ query }) {
        return { status: 200, body: await bySku.page(query, reads.listProducts, rowView) };
      },
    }),
    endpoint({
      method: 'get',
      path: '/stock/:sku',
      summary: 'One product with price and stock',
      access: 'open',
      inputs: { params },
      responses: { 200: 'The product', 404: 'No such product' },
      async handle({ params: { sku } }) {
        const row = await reads.findProduct(sku);
        if (!row) throw noSuchProduct(sku);
        return { status: 200, body: rowView(row) };
      },
    }),
  ];
}

export function changeStock(products: ChangesOf<typeof declared>) {
  return [
    endpoint({
      method: 'post',
      path: '/stock/:sku/adjustments',
      summary: 'Adds to the available pieces, or takes away',
      access: MAY_OPERATE,
      inputs: { params, body: Adjustment },
      responses: {
        200: 'The stock after it',
        404: 'No such product',
        409: 'Fewer than 0 would be left',
        422: 'A field does not fit',
      },
      async handle({ params: { sku }, body }, request) {
        const product = await products.change(request, sku, (current) => adjustStock(current, body));
        if (!product) throw noSuchProduct(sku);
        const { state, ignored } = product;
        if (ignored) {
          const message =
            ignored === 'too-few'
              ? `only ${state.stock.available} pieces are available`
              : `at most ${MAX_AVAILABLE} pieces can be kept`;
          throw new Problem(409, message, { errors: [{ field: 'quantity', message }] });
        }
        return { status: 200, body: view(state) };
      },
    }),
    endpoint({
      method: 'put',
      path: '/stock/:sku/price',
      summary: 'Sets the price; new orders get it once the order service has heard of it',
      access: MAY_OPERATE,
      inputs: { params, body: Price },
      responses: { 200: 'The product after it', 404: 'No such product', 422: 'A field does not fit' },
      async handle({ params: { sku }, body }, request) {
        const product = await products.change(request, sku, (current) => changePrice(current, body));
        if (!product) throw noSuchProduct(sku);
        return { status: 200, body: view(product.state) };
      },
    }),
  ];
}

const view = ({ sku, name, price, stock }: Product) => ({ sku, name, price, ...stock });

const rowView = ({ sku, name, priceAmount, currency, available, reserved, sold }: ProductRow) => ({
  sku,
  name,
  price: { amount: Number(priceAmount), currency },
  available,
  reserved,
  sold,
});

function noSuchProduct(sku: string): Problem {
  return new Problem(404, `There is no product ${sku}.`, {
    errors: [{ field: 'sku', message: 'is not known' }],
  });
}
