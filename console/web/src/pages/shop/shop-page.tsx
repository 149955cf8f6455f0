/** The shop: what there is, how one pays, and what will be seen. An order from here leads to its story. */
import type { Card, Placed, Product } from '@order-saga/console/api';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError, post } from '../../data/client.ts';
import { useConfig, useProducts } from '../../data/queries.ts';
import { useSession } from '../../data/session.ts';
import { rememberOrder, set, useSettings } from '../../data/settings.ts';
import {
  card,
  Empty,
  Failure,
  held,
  Loading,
  muted,
  Note,
  Price,
  primary,
  Title,
  WhyNot,
} from '../../ui/parts.tsx';
import { type Basket, put, toOrder, total } from '../../view/basket.ts';
import { counted } from '../../view/format.ts';
import { whyNotOrder } from '../../view/may.ts';
import { MixedOrders } from './mixed-orders.tsx';
import { MyOrders } from './my-orders.tsx';
import { ProductList } from './product-list.tsx';
import styles from './shop.module.css';

export function ShopPage() {
  const { data: config } = useConfig();
  const { data: products, error, refetch } = useProducts();
  const [basket, setBasket] = useState<Basket>({});
  return (
    <>
      <Title title="Shop">Shop</Title>
      <div className={styles.columns}>
        <section aria-label="Products" className={card}>
          {products && (
            <ProductList
              products={products.items}
              basket={basket}
              change={(sku, n) => setBasket((now) => put(now, sku, n))}
            />
          )}
          {products?.items.length === 0 && (
            <Empty title="The shop sells nothing">The inventory service fills it at its first start.</Empty>
          )}
          {!products &&
            (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading lines={9} />)}
        </section>
        <div className={styles.side}>
          {config && !config.readOnly && (
            <OrderForm
              cards={config.cards}
              currency={config.currency}
              products={products?.items ?? []}
              basket={basket}
              setBasket={setBasket}
            />
          )}
          {config?.readOnly && <Note>This console only shows: nothing can be ordered here.</Note>}
          {config && !config.readOnly && <MixedOrders products={products?.items ?? []} />}
          <MyOrders readOnly={config?.readOnly ?? true} />
        </div>
      </div>
    </>
  );
}

type FormOf = {
  cards: readonly Card[];
  currency: string;
  products: readonly Product[];
  basket: Basket;
  setBasket: (basket: Basket) => void;
};

/** What is sent is one order, however often it is sent; once it is accepted, the page shows its story. */
function usePlacing(basket: Basket, payment: { customerId: string; token: string }, isHeld: boolean) {
  const [key] = useState(() => crypto.randomUUID());
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [, go] = useLocation();
  const client = useQueryClient();

  const place = async (event: FormEvent) => {
    event.preventDefault();
    if (sending || isHeld) return;
    setSending(true);
    setProblem(undefined);
    try {
      const headers = { 'idempotency-key': key };
      const { correlationId } = await post<Placed>('/api/shop/orders', toOrder(basket, payment), headers);
      rememberOrder(correlationId);
      void client.invalidateQueries({ queryKey: ['products'] });
      go(`/stories/${correlationId}`);
    } catch (error) {
      setProblem(error);
      setSending(false);
    }
  };
  return { key, sending, problem, place };
}

function OrderForm({ cards, currency, products, basket, setBasket }: FormOf) {
  const { customerId } = useSettings();
  const [token, setToken] = useState(cards[0]?.token ?? '');
  const { data: who } = useSession();
  const why = whyNotOrder(who);
  const { key, sending, problem, place } = usePlacing(basket, { customerId, token }, why !== undefined);
  const isEmpty = !products.some(({ sku }) => basket[sku] !== undefined);
  return (
    <form
      className={`${card} ${styles.form}`}
      onSubmit={(event) => void place(event)}
      aria-labelledby="order-title"
    >
      <h2 id="order-title">Your order</h2>
      <Chosen products={products} basket={basket} currency={currency} />
      <CardChoice cards={cards} token={token} choose={setToken} />
      <label className={styles.customer}>
        Customer
        <input
          value={customerId}
          onChange={(event) => set({ customerId: event.target.value })}
          required
          // A customer buys for nobody else.
          readOnly={who?.orders === 'own'}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <FieldErrors problem={problem} />
      <div className={styles.place}>
        <button
          className={primary}
          disabled={why === undefined && (isEmpty || sending)}
          {...held(why, 'order-why')}
        >
          {sending ? 'Placing…' : 'Place the order'}
        </button>
        {!isEmpty && (
          <button type="button" className={styles.empty} onClick={() => setBasket({})}>
            Empty the basket
          </button>
        )}
      </div>
      <WhyNot why={why} id="order-why" />
      <p className={styles.fine}>
        Sent twice it is still {counted(1, 'order')}: the key <code>…{key.slice(-8)}</code> goes with it. Same
        key, same answer.
      </p>
    </form>
  );
}

function Chosen({ products, basket, currency }: Pick<FormOf, 'products' | 'basket' | 'currency'>) {
  const chosen = products.filter(({ sku }) => basket[sku] !== undefined);
  if (chosen.length === 0) return <p className={muted}>Nothing yet. Add something from the list.</p>;
  return (
    <ul className={styles.chosen}>
      {chosen.map(({ sku, name, price }) => (
        <li key={sku}>
          <span>
            {basket[sku]} × {name}
          </span>
          <Price of={{ ...price, amount: price.amount * (basket[sku] ?? 0) }} />
        </li>
      ))}
      <li className={styles.total}>
        <span>Total</span>
        <Price of={total(basket, products, currency)} />
      </li>
    </ul>
  );
}

type CardChoiceOf = { cards: readonly Card[]; token: string; choose: (token: string) => void };

function CardChoice({ cards, token, choose }: CardChoiceOf) {
  return (
    <fieldset className={styles.cards}>
      <legend>Card</legend>
      {cards.map((one) => (
        <label key={one.token}>
          <input
            type="radio"
            name="token"
            value={one.token}
            checked={token === one.token}
            onChange={() => choose(one.token)}
          />
          <span>
            <strong>{one.title}</strong>
            <span>{one.expect}</span>
            <code>{one.token}</code>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function FieldErrors({ problem }: { problem: unknown }) {
  if (problem === undefined) return null;
  const errors = problem instanceof ApiError ? (problem.problem.errors ?? []) : [];
  return (
    <>
      <Failure error={problem} />
      {errors.length > 0 && (
        <ul className={styles.errors}>
          {errors.map(({ field, message }) => (
            <li key={field}>
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
