/** One press, one order, one story to look at. */
import type { Placed, Product } from '@order-saga/console/api';
import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { post } from '../../data/client.ts';
import { useConfig, useProducts } from '../../data/queries.ts';
import { useSession } from '../../data/session.ts';
import { rememberOrder, useSettings } from '../../data/settings.ts';
import { card, Failure, held, WhyNot } from '../../ui/parts.tsx';
import { toOrder } from '../../view/basket.ts';
import { duration } from '../../view/format.ts';
import { whyNotOrder } from '../../view/may.ts';
import styles from './overview.module.css';

type Try = { title: string; expect: string; token: string; tooMany?: boolean };

const TRIES: Try[] = [
  { title: 'A good card', expect: 'Reserved, charged, confirmed.', token: 'tok_visa' },
  { title: 'A declined card', expect: 'The stock is given back, the order rejected.', token: 'tok_declined' },
  {
    title: 'More than there is',
    expect: 'Refused at the first step: nothing to undo.',
    token: 'tok_visa',
    tooMany: true,
  },
  { title: 'A silent provider', expect: '', token: 'tok_timeout' },
];

/** How many of what; undefined if nothing can be ordered like this. */
function whatFor(
  { tooMany }: Try,
  products: readonly Product[],
): { sku: string; quantity: number } | undefined {
  if (!tooMany) {
    const found = products.find(({ available }) => available > 0);
    return found && { sku: found.sku, quantity: 1 };
  }
  const rarest = products.toSorted((a, b) => a.available - b.available)[0];
  return rarest && { sku: rarest.sku, quantity: rarest.available + 1 };
}

export function TryIt() {
  const { data: config } = useConfig();
  const { data: products, error: productsError } = useProducts();
  const { customerId } = useSettings();
  const { data: who } = useSession();
  const [, go] = useLocation();
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<unknown>();
  if (config?.readOnly) return null;
  const why = whyNotOrder(who);

  const place = async (tried: Try) => {
    const line = whatFor(tried, products?.items ?? []);
    if (!line || why !== undefined) return;
    setBusy(tried.title);
    setError(undefined);
    try {
      const order = toOrder({ [line.sku]: line.quantity }, { customerId, token: tried.token });
      const { correlationId } = await post<Placed>('/api/shop/orders', order, {
        'idempotency-key': crypto.randomUUID(),
      });
      rememberOrder(correlationId);
      go(`/stories/${correlationId}`);
    } catch (problem) {
      setError(problem);
      setBusy(undefined);
    }
  };

  return (
    <section aria-labelledby="try-title" className={`${card} ${styles.tries}`}>
      <h2 id="try-title">Try it</h2>
      {why === undefined && <p className={styles.sub}>One press places an order and leads to its story.</p>}
      <WhyNot why={why} id="try-why" />
      <ul>
        {TRIES.map((tried) => (
          <li key={tried.title}>
            <button
              type="button"
              disabled={busy !== undefined || !products}
              onClick={() => void place(tried)}
              className={styles.try}
              {...held(why, 'try-why')}
            >
              <span>
                <strong>{busy === tried.title ? 'Placing…' : tried.title}</strong>
                <span>{tried.expect || silence(config?.stepDeadlineMs)}</span>
              </span>
              <ArrowRight aria-hidden size={16} />
            </button>
          </li>
        ))}
      </ul>
      {productsError && (
        <p className={styles.sub}>The inventory service does not answer, so nothing can be ordered now.</p>
      )}
      {error !== undefined && <Failure error={error} />}
      <p className={styles.sub}>
        Or put an order together, or place 50 at once, in <Link href="/shop">the shop</Link>.
      </p>
    </section>
  );
}

const silence = (deadlineMs: number | undefined) =>
  deadlineMs === undefined
    ? 'Charged, but it does not say so: undone once the step’s time is over.'
    : `Charged, but it does not say so: undone after ${duration(deadlineMs)}.`;
