/** The story's spans, opened on request: drawing them costs, and the lanes say the rest. */
import type { Story } from '@order-saga/console/api';
import { useState } from 'react';
import { later } from '../../ui/later.tsx';
import { card } from '../../ui/parts.tsx';
import { counted } from '../../view/format.ts';
import styles from './story.module.css';

const waterfall = later(() => import('./waterfall-view.tsx').then((part) => part.WaterfallView), 8);

export function Spans({ story, services }: { story: Story; services: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const { spans, more } = story;
  const traces = new Set(spans.map(({ traceId }) => traceId)).size;
  if (spans.length === 0) {
    return (
      <section aria-labelledby="spans-title" className={`${card} ${styles.part}`}>
        <h2 id="spans-title">Spans</h2>
        <p className={styles.soft}>
          {more.spans === 'none'
            ? 'Spans of this story were not kept, or its trace was not sampled. An order that is placed in this page always has them.'
            : 'None had begun at this point.'}
        </p>
      </section>
    );
  }
  return (
    <details className={`${card} ${styles.spans}`} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Spans</h2>
        <span className={styles.soft}>
          {counted(spans.length, 'span')} in {counted(traces, 'trace')}
          {more.spans === 'some' && ', some were not kept'}
        </span>
      </summary>
      {open && <waterfall.Part spans={spans} services={services} />}
    </details>
  );
}
