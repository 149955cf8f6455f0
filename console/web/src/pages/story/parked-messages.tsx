import type { Story } from '@order-saga/console/api';
import { card, Time } from '../../ui/parts.tsx';
import { counted } from '../../view/format.ts';
import styles from './story.module.css';

export function ParkedMessages({ story: { parked, more } }: { story: Story }) {
  return (
    <section aria-labelledby="parked-title" className={`${card} ${styles.part}`}>
      <h2 id="parked-title">Parked messages</h2>
      <ul className={styles.parked}>
        {parked.map(({ service, topic, partition, offset, type, reason, error, attempts, parkedAt }) => (
          <li key={`${service} ${topic} ${partition} ${offset}`}>
            <p>
              <strong>{service}</strong> parked {type ? <code>{type}</code> : 'a message'}:{' '}
              <code className={styles.bad}>{reason}</code>
            </p>
            <pre>{error}</pre>
            <p className={styles.soft}>
              {counted(attempts, 'attempt')}, <Time at={parkedAt} /> ·{' '}
              <code>
                {topic}/{partition} @ {offset}
              </code>
            </p>
          </li>
        ))}
      </ul>
      {more.parked > parked.length && (
        <p className={styles.soft}>{more.parked - parked.length} more are not shown.</p>
      )}
      <p className={styles.soft}>
        Replay or discard: <code>npm run dead-letters -- list</code>
      </p>
    </section>
  );
}
