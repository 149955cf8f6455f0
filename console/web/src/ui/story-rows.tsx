/** Stories as rows: one link each, the same in the overview and in the list. */
import type { StoryRow } from '@order-saga/console/api';
import { Copy as CopyIcon, Pause, Undo2 } from 'lucide-react';
import { Link } from 'wouter';
import { duration, shortId } from '../view/format.ts';
import { ofRow } from '../view/tone.ts';
import { Pill, Price, When } from './parts.tsx';
import styles from './story-rows.module.css';

export function StoryRows({ rows }: { rows: readonly StoryRow[] }) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Story</th>
          <th scope="col" className={styles.number}>
            Total
          </th>
          <th scope="col">Began</th>
          <th scope="col" className={styles.number}>
            Took
          </th>
          <th scope="col">Also</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.correlationId} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: StoryRow }) {
  const { correlationId, orderId, title, reason, total, placedAt, firstAt, tookMs } = row;
  return (
    <tr>
      <td className={styles.state}>
        <Pill seen={ofRow(row)} />
      </td>
      <td className={styles.title}>
        <Link href={`/stories/${encodeURIComponent(correlationId)}`}>{title}</Link>
        <span className={styles.sub}>
          <code>…{shortId(orderId ?? correlationId)}</code>
          {reason && <span>{reason}</span>}
        </span>
      </td>
      <td className={`${styles.number} ${styles.total}`}>{total && <Price of={total} />}</td>
      <td className={styles.began}>
        <When at={placedAt ?? firstAt} />
      </td>
      <td className={`${styles.number} ${styles.took}`}>{tookMs === undefined ? '' : duration(tookMs)}</td>
      <td className={styles.also}>
        <Also row={row} />
      </td>
    </tr>
  );
}

function Also({ row: { undone, parked, copies } }: { row: StoryRow }) {
  return (
    <>
      {undone && (
        <span className={styles.flag}>
          <Undo2 aria-hidden size={13} /> undone
        </span>
      )}
      {parked > 0 && (
        <span className={styles.flag}>
          <Pause aria-hidden size={13} /> {parked} parked
        </span>
      )}
      {copies > 0 && (
        <span className={styles.flag}>
          <CopyIcon aria-hidden size={13} /> delivered twice
        </span>
      )}
    </>
  );
}
