/** What the story left in the world: by its messages, and by what the services say now. */
import type { Story } from '@order-saga/console/api';
import type { ReactNode } from 'react';
import { useMoney } from '../../data/queries.ts';
import { card, Loading, Price, ShapeIcon, Time } from '../../ui/parts.tsx';
import { counted } from '../../view/format.ts';
import styles from './story.module.css';

type ResultsOf = { story: Story; whole: Story; isNow: boolean };

const STOCK = { reserved: 'reserved', sold: 'sold', 'given-back': 'given back' } as const;

export function Results({ story, whole, isNow }: ResultsOf) {
  const { charged, refunded, stock, mails } = story.results;
  return (
    <section aria-labelledby="results-title" className={`${card} ${styles.part}`}>
      <h2 id="results-title">Money, stock, mail</h2>
      <div className={styles.twoSides}>
        <div>
          <h3>By the messages</h3>
          <dl className={styles.results}>
            <Row name="Charged">
              {charged ? (
                <Price of={charged} />
              ) : refunded ? (
                'no message says so, but it was refunded'
              ) : (
                'nothing'
              )}
            </Row>
            {(refunded || charged) && (
              <Row name="Refunded">{refunded ? <Price of={refunded} /> : 'nothing'}</Row>
            )}
            <Row name="Stock">
              {stock
                ? `${stock.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')} ${STOCK[stock.state]}`
                : 'nothing was reserved'}
            </Row>
            <Row name="Mail">
              {mails.length === 0
                ? 'none'
                : mails.map(({ kind, at }) => (
                    <span key={at} className={styles.line}>
                      {kind} <Time at={at} />
                    </span>
                  ))}
            </Row>
            <Row name="Parked">
              {story.more.parked === 0 ? 'nothing' : counted(story.more.parked, 'message')}
            </Row>
          </dl>
        </div>
        {isNow ? (
          <Now id={whole.correlationId} messages={whole.more.messages} />
        ) : (
          <p className={styles.soft}>As the messages said it then.</p>
        )}
      </div>
    </section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Asked apart: nothing else waits for the services. */
function Now({ id, messages }: { id: string; messages: number }) {
  const { data, error } = useMoney(id, messages);
  if (error) return <p className={styles.soft}>What the services say now is not known: {error.message}</p>;
  if (!data) return <Loading lines={2} />;
  return (
    <div>
      <h3>What the services say now</h3>
      <dl className={styles.results}>
        <Row name="payment">
          {said(
            data.payment,
            ({ status, charges, refunds }) =>
              `${status}, ${counted(charges, 'charge')}, ${counted(refunds, 'refund')}`,
          )}
        </Row>
        {data.provider && (
          <Row name="provider">
            {said(data.provider, ({ charges, refunds, declined, net }) => (
              <>
                {counted(charges, 'charge')}, {counted(refunds, 'refund')}, {declined} declined, kept{' '}
                <Price of={net} />
              </>
            ))}
          </Row>
        )}
        <Row name="notification">
          {said(data.mails, (mails) =>
            mails.length === 0 ? 'no mail' : mails.map(({ kind }) => kind).join(', '),
          )}
        </Row>
      </dl>
    </div>
  );
}

type Answer<V> =
  | { answers: 'yes'; asOf: string; value: V }
  | { answers: 'nothing'; asOf: string }
  | { answers: 'no'; asOf: string; why: string };

function said<V>(answer: Answer<V>, tell: (value: V) => ReactNode): ReactNode {
  if (answer.answers === 'no') return <Unknown why={answer.why} />;
  return (
    <>
      {answer.answers === 'yes' ? tell(answer.value) : 'knows nothing of it'}{' '}
      <span className={styles.asOf}>
        as of <Time at={answer.asOf} millis={false} />
      </span>
    </>
  );
}

function Unknown({ why }: { why: string }) {
  return (
    <span className={styles.unknown}>
      <ShapeIcon shape="hand" /> not known: {why}
    </span>
  );
}
