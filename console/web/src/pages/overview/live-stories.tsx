/**
 * The newest stories. New ones come at the top, and never while somebody points at the list or is in it with
 * the keyboard.
 */
import { useState } from 'react';
import { Link } from 'wouter';
import { useConfig, useStories } from '../../data/queries.ts';
import { useLiveness } from '../../data/stream.ts';
import { button, card, Empty, Failure, Loading } from '../../ui/parts.tsx';
import { StoryRows } from '../../ui/story-rows.tsx';
import { held } from '../../view/held-list.ts';
import styles from './overview.module.css';

const SHOWN = 12;
const NEWEST = `kind=order&limit=${SHOWN}`;

export function LiveStories() {
  const { data, error, refetch } = useStories(NEWEST);
  const fresh = data?.pages[0]?.items;
  const { data: config } = useConfig();
  const [still, setStill] = useState<typeof fresh>();
  const liveness = useLiveness();
  const hold = () => setStill((rows) => rows ?? fresh);
  const release = () => setStill(undefined);
  const { rows, news } = held(fresh, still);
  return (
    <section aria-labelledby="stories-title" className={card}>
      <header className={styles.listHead}>
        <h2 id="stories-title">Stories, newest first</h2>
        {liveness === 'live' && <span className={styles.live}>{still ? 'paused' : 'live'}</span>}
        {news > 0 && (
          <button type="button" className={button} onClick={() => setStill(fresh)}>
            {news} new
          </button>
        )}
        <Link href="/stories">All stories</Link>
      </header>
      <div
        onPointerEnter={hold}
        onPointerLeave={(event) => !event.currentTarget.contains(document.activeElement) && release()}
        onFocus={hold}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && release()}
      >
        {rows && rows.length > 0 && <StoryRows rows={rows} />}
      </div>
      {rows?.length === 0 && (
        <Empty title="No order was placed yet">
          {config?.readOnly ? (
            'The first one stands here as soon as it is placed.'
          ) : (
            <>
              Press one of the buttons under “Try it”, or go to <Link href="/shop">the shop</Link>.
            </>
          )}
        </Empty>
      )}
      {!rows && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading lines={8} />)}
    </section>
  );
}
