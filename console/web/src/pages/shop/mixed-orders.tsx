/** Many orders at once, so that lists, figures and lanes have something to show. */
import type { Product } from '@order-saga/console/api';
import { Link } from 'wouter';
import { type Run, startMixed, stopMixed, useMixedRun } from '../../data/mixed-run.ts';
import { useSession } from '../../data/session.ts';
import { useSettings } from '../../data/settings.ts';
import { Announce } from '../../ui/announce.tsx';
import { button, card, Failure, held, muted, WhyNot } from '../../ui/parts.tsx';
import { counted, shortId } from '../../view/format.ts';
import { whyNotOrder } from '../../view/may.ts';
import { MEANT, meantWord, MIXED, progressWords, summary } from '../../view/mixed-orders.ts';
import styles from './shop.module.css';

export function MixedOrders({ products }: { products: readonly Product[] }) {
  const run = useMixedRun();
  const { data: who } = useSession();
  const { customerId } = useSettings();
  const why = whyNotOrder(who);
  const isRunning = run?.state === 'running';
  const start = () => {
    if (why !== undefined) return;
    if (isRunning) stopMixed();
    else startMixed(products, customerId);
  };
  return (
    <section aria-labelledby="mixed-title" className={`${card} ${styles.mixed}`}>
      <h2 id="mixed-title">{MIXED} orders, mixed</h2>
      <p className={muted}>
        Some are paid, some declined, some for more than there is, some cancelled at once. At most five a
        second, for the customer {customerId}.
      </p>
      <button
        type="button"
        className={button}
        disabled={why === undefined && products.length === 0}
        {...held(why, 'mixed-why')}
        onClick={start}
      >
        {isRunning ? 'Stop' : `Place ${MIXED} mixed orders`}
      </button>
      <WhyNot why={why} id="mixed-why" />
      {run && <Progress run={run} />}
      <Announce text={run ? toldOf(run) : ''} />
    </section>
  );
}

function Progress({ run }: { run: Run }) {
  const { state, placed, of, waiting, error, customerId, from } = run;
  const found = new URLSearchParams({ customer: customerId, from });
  return (
    <>
      <progress aria-labelledby="mixed-placed" max={of} value={placed.length} className={styles.progress} />
      <p id="mixed-placed">{toldOf(run)}</p>
      {waiting && (
        <p className={muted}>
          The shop takes no more for now: it goes on in {counted(waiting.inS, 'second')}.
        </p>
      )}
      {state === 'failed' && <Failure error={error} />}
      {placed.length > 0 && (
        <>
          <p>
            {summary(placed)}. <Link href={`/stories?${found}`}>Their stories</Link>
          </p>
          <Each placed={placed} />
        </>
      )}
    </>
  );
}

function toldOf({ state, placed, of }: Run): string {
  const words = progressWords(placed, of);
  if (state === 'stopped') return `Stopped: ${words}. What was placed goes on.`;
  return state === 'failed' ? `${words}; then it could not go on.` : `${words}.`;
}

function Each({ placed }: Pick<Run, 'placed'>) {
  return (
    <details className={styles.each}>
      <summary>Each of them</summary>
      {MEANT.map((meant) => {
        const own = placed.filter((one) => one.meant === meant);
        if (own.length === 0) return null;
        return (
          <div key={meant}>
            <h3>{meantWord(meant)}</h3>
            <ul>
              {own.map(({ correlationId, orderId }) => (
                <li key={orderId}>
                  <Link href={`/stories/${correlationId}`}>
                    <code>…{shortId(orderId)}</code>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </details>
  );
}
