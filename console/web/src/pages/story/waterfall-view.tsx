import type { Span } from '@order-saga/console/api';
import { useMemo, useState } from 'react';
import { button } from '../../ui/parts.tsx';
import { after, duration } from '../../view/format.ts';
import { hueOf } from '../../view/tone.ts';
import { type Row, waterfall } from '../../view/waterfall.ts';
import styles from './waterfall.module.css';

const AT_ONCE = 80;
const DEEPEST = 12;

export function WaterfallView({ spans, services }: { spans: readonly Span[]; services: readonly string[] }) {
  const { rows, totalMs } = useMemo(() => waterfall(spans), [spans]);
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, AT_ONCE);
  return (
    <div className={styles.waterfall}>
      <p className={styles.soft}>
        {duration(totalMs)} from the first to the last; long silences are folded. Set in: what a span began.
      </p>
      <ol>
        {shown.map((row) => (
          <SpanRow key={row.span.spanId} row={row} services={services} />
        ))}
      </ol>
      {shown.length < rows.length && (
        <button type="button" className={button} onClick={() => setAll(true)}>
          Show all {rows.length}
        </button>
      )}
    </div>
  );
}

function SpanRow({ row: { span, depth, left, width }, services }: { row: Row; services: readonly string[] }) {
  const { name, service, durationMs, startMs, failed } = span;
  const look = { '--hue': hueOf(service, services), '--depth': Math.min(depth, DEEPEST) };
  return (
    <li style={look}>
      <span className={styles.name}>
        {name} <span className={styles.soft}>{service}</span>
      </span>
      <span className={styles.bar} aria-hidden>
        <span data-failed={failed} style={{ left: `${left}%`, width: `${width}%` }} />
      </span>
      <span className={styles.time}>
        <span className={styles.soft}>{after(startMs)}</span> {duration(durationMs)}
        {failed && <strong> failed</strong>}
      </span>
    </li>
  );
}
