/** What a new shop sells: 100 products, made of a few words, the same on every machine. */
import { CURRENCY, type Sku } from '@order-saga/contracts/values';
import type { Product } from './product.ts';

const MATERIALS = ['Oak', 'Linen', 'Copper', 'Walnut', 'Glass', 'Wool', 'Slate', 'Cork', 'Brass', 'Cotton'];
const THINGS = ['bowl', 'lamp', 'tray', 'stool', 'vase', 'frame', 'box', 'clock', 'hook', 'candle holder'];

const STOCK = 10_000;
/** The last product is rare, so that selling out can be tried by hand. */
const RARE = { name: 'Signed print, limited edition', available: 3 };

export function assortment(): Product[] {
  return MATERIALS.flatMap((material, i) =>
    THINGS.map((thing, j) => {
      const number = i * THINGS.length + j + 1;
      const rare = number === MATERIALS.length * THINGS.length;
      return {
        sku: `SKU-${String(number).padStart(4, '0')}` as Sku,
        name: rare ? RARE.name : `${material} ${thing}`,
        price: { amount: 490 + ((number * 37) % 120) * 50, currency: CURRENCY },
        stock: { available: rare ? RARE.available : STOCK, reserved: 0, sold: 0 },
      };
    }),
  );
}
