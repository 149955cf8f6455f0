/** Which story it is, how it stands, and the whole of it in a few sentences. */
import type { Story } from '@order-saga/console/api';
import { Link } from 'wouter';
import { useLiveness } from '../../data/stream.ts';
import { Announce } from '../../ui/announce.tsx';
import { Behind } from '../../ui/behind.tsx';
import { CancelOrder } from '../../ui/cancel-order.tsx';
import { Copy, Id, Pill, Price, Title, When } from '../../ui/parts.tsx';
import { messagesOf } from '../../view/counts.ts';
import { duration, shortId } from '../../view/format.ts';
import { ofOrder, ofSaga } from '../../view/tone.ts';
import { ExportMenu } from './export-menu.tsx';
import styles from './story.module.css';

type HeadOf = { story: Story; seen: Story; live: boolean; readOnly: boolean };

export function StoryHead({ story, seen, live, readOnly }: HeadOf) {
  const { orderId, correlationId, kind } = story;
  const name = kind === 'order' && orderId ? `Order ${shortId(orderId)}` : `Story ${shortId(correlationId)}`;
  const hand = seen.sagas.some(({ status }) => status === 'needs-attention');
  return (
    <header className={styles.head}>
      <div className={styles.crumbs}>
        <nav aria-label="Where this is">
          <Link href="/stories">Stories</Link> <span aria-hidden>/</span>{' '}
          <Id id={orderId ?? correlationId} whole />
        </nav>
        <Liveness ended={story.ended} live={live} />
        <div className={styles.tools}>
          <Copy text={location.href}>Copy link</Copy>
          <ExportMenu story={story} />
        </div>
        {!readOnly && live && <CancelOrder story={story} />}
      </div>
      <div className={styles.name}>
        <Title title={name}>{name}</Title>
        {seen.status && <Pill large seen={ofOrder(seen.status)} />}
        {hand && <Pill large seen={ofSaga('needs-attention')} />}
        {seen.parked.length > 0 && (
          <Pill large seen={{ tone: 'bad', shape: 'parked', word: `${seen.parked.length} parked` }} />
        )}
        {seen.reason && <code className={styles.reason}>{seen.reason}</code>}
      </div>
      <p className={styles.told}>{seen.told}</p>
      {live && <Announce text={story.told} />}
      {live && <Behind>spans, and what the services say now, may be ahead of this sentence.</Behind>}
      <Facts story={seen} whole={story} />
    </header>
  );
}

function Liveness({ ended, live }: { ended: boolean; live: boolean }) {
  const stream = useLiveness();
  if (!live) return <span className={styles.live}>as it was then</span>;
  if (ended) return <span className={styles.live}>ended</span>;
  return (
    <span className={styles.live} data-live={stream === 'live'}>
      {stream === 'live' ? 'live' : stream === 'away' ? 'not live now' : 'connecting'}
    </span>
  );
}

function Facts({ story, whole }: { story: Story; whole: Story }) {
  const { placedAt, firstAt, tookMs, customerId, total, traces } = story;
  return (
    <dl className={styles.facts}>
      <div>
        <dt>{placedAt ? 'Placed' : 'Began'}</dt>
        <dd>
          <When at={placedAt ?? firstAt} millis />
        </dd>
      </div>
      {tookMs !== undefined && (
        <div>
          <dt>Took</dt>
          <dd>{duration(tookMs)}</dd>
        </div>
      )}
      {total && (
        <div>
          <dt>Total</dt>
          <dd>
            <Price of={total} />
          </dd>
        </div>
      )}
      {customerId && (
        <div>
          <dt>Customer</dt>
          <dd>
            <Link href={`/stories?customer=${encodeURIComponent(customerId)}`}>{customerId}</Link>
          </dd>
        </div>
      )}
      <div>
        <dt>Messages</dt>
        <dd>{messagesOf(story, whole)}</dd>
      </div>
      <div>
        <dt>{traces.length === 1 ? 'Trace' : 'Traces'}</dt>
        <dd>{traces.length === 1 ? <Id id={traces[0] ?? ''} /> : traces.length}</dd>
      </div>
    </dl>
  );
}
