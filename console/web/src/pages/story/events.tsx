/**
 * All messages of the story: as lanes, as a list, as the tree of causes. The same rows, three ways to see
 * them.
 */
import type { Story } from '@order-saga/console/api';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { Empty, Note } from '../../ui/parts.tsx';
import { useWidth } from '../../ui/use-width.ts';
import { ALL, type Shown, visible } from '../../view/causes.ts';
import { CausesView } from './causes-view.tsx';
import styles from './events.module.css';
import { LanesView } from './lanes-view.tsx';
import { ListView } from './list-view.tsx';
import { LANES_FROM_PX, type StoryQuery, type View } from './use-story-query.ts';

const VIEWS: readonly View[] = ['lanes', 'list', 'causes'];

type EventsOf = {
  story: Story;
  seen: Story;
  services: readonly string[];
  query: StoryQuery;
  children: ReactNode;
};

export function Events({ story, seen, services, query, children }: EventsOf) {
  const [shown, setShown] = useState<Shown>(ALL);
  const [everyArrow, setEveryArrow] = useState(false);
  const [ref, width] = useWidth<HTMLDivElement>();
  const events = visible(story.events, shown);
  const known = new Set(seen.events.map(({ id }) => id));
  const rows = { events, known, services, query };
  const isNarrow = width > 0 && width < LANES_FROM_PX;
  const left =
    story.more.messages - story.events.reduce((n, { repeats }) => n + 1 + (repeats?.count ?? 0), 0);
  return (
    <section aria-labelledby="events-title" className={styles.section}>
      <header className={styles.head}>
        <h2 id="events-title">Messages</h2>
        <nav aria-label="How to see them" className={styles.views}>
          {VIEWS.map((view) => (
            <Link
              key={view}
              href={query.linkTo({ view: view === 'lanes' ? undefined : view })}
              aria-current={query.view === view ? 'true' : undefined}
            >
              {view}
            </Link>
          ))}
        </nav>
        <fieldset className={styles.filters}>
          <legend className="hidden">Which</legend>
          <Check name="commands" shown={shown} set={setShown} />
          <Check name="events" shown={shown} set={setShown} />
          <Check name="saga" says="saga log" shown={shown} set={setShown} />
          <Check name="wrong" says="only what went wrong" shown={shown} set={setShown} />
          {query.view === 'lanes' && !isNarrow && (
            <label>
              <input
                type="checkbox"
                checked={everyArrow}
                onChange={({ target }) => setEveryArrow(target.checked)}
              />
              all arrows
            </label>
          )}
        </fieldset>
      </header>
      {left > 0 && (
        <div className={styles.note}>
          <Note>
            {left} more messages are not shown here: the first and the last are. The export has the rest of
            their ids.
          </Note>
        </div>
      )}
      <div ref={ref} className={styles.body}>
        {events.length === 0 && <Empty title="No message is of these kinds" />}
        {events.length > 0 && query.view === 'causes' && <CausesView {...rows} />}
        {events.length > 0 && (query.view === 'list' || (query.view === 'lanes' && isNarrow)) && (
          <ListView {...rows} />
        )}
        {events.length > 0 && query.view === 'lanes' && width >= LANES_FROM_PX && (
          <LanesView {...rows} spans={seen.spans} everyArrow={everyArrow} width={width} />
        )}
      </div>
      {children}
    </section>
  );
}

type CheckOf = { name: keyof Shown; says?: string; shown: Shown; set: (shown: Shown) => void };

function Check({ name, says = name, shown, set }: CheckOf) {
  return (
    <label>
      <input
        type="checkbox"
        checked={shown[name]}
        onChange={({ target }) => set({ ...shown, [name]: target.checked })}
      />
      {says}
    </label>
  );
}
