import type { Product } from '@order-saga/console/api';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import { button, Empty, Price } from '../../ui/parts.tsx';
import type { Basket } from '../../view/basket.ts';
import styles from './shop.module.css';

const AT_ONCE = 12;

type ListOf = {
  products: readonly Product[];
  basket: Basket;
  change: (sku: string, quantity: number) => void;
};

export function ProductList({ products, basket, change }: ListOf) {
  const [filter, setFilter] = useState('');
  const [most, setMost] = useState(AT_ONCE);
  const fits = products.filter(({ name, sku }) =>
    `${name} ${sku}`.toLowerCase().includes(filter.trim().toLowerCase()),
  );
  return (
    <>
      <div className={styles.filter}>
        <input
          type="search"
          aria-label="Products by name or SKU"
          placeholder={`Search ${products.length} products`}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <ul className={styles.products}>
        {fits.slice(0, most).map((product) => (
          <ProductRow
            key={product.sku}
            product={product}
            quantity={basket[product.sku] ?? 0}
            change={change}
          />
        ))}
      </ul>
      {fits.length === 0 && products.length > 0 && <Empty title={`No product is called “${filter}”`} />}
      {fits.length > most && (
        <div className={styles.more}>
          <button type="button" className={button} onClick={() => setMost(most + 3 * AT_ONCE)}>
            Show more of {fits.length}
          </button>
        </div>
      )}
    </>
  );
}

type RowOf = { product: Product; quantity: number; change: ListOf['change'] };

function ProductRow({ product: { sku, name, price, available, reserved, sold }, quantity, change }: RowOf) {
  return (
    <li className={styles.product}>
      <div className={styles.name}>
        <strong>{name}</strong>
        <code>{sku}</code>
      </div>
      <Price of={price} />
      <p className={styles.stock}>
        <span data-low={available < 10}>{available.toLocaleString('en')} available</span>
        <span>{reserved.toLocaleString('en')} reserved</span>
        <span>{sold.toLocaleString('en')} sold</span>
      </p>
      <div className={styles.quantity}>
        <button
          type="button"
          aria-label={`One ${name} less`}
          disabled={quantity === 0}
          onClick={() => change(sku, quantity - 1)}
        >
          <Minus aria-hidden size={15} />
        </button>
        <output aria-label={`${name} in the basket`}>{quantity}</output>
        <button type="button" aria-label={`One ${name} more`} onClick={() => change(sku, quantity + 1)}>
          <Plus aria-hidden size={15} />
        </button>
      </div>
    </li>
  );
}
