/** What an id, or the end of one, belongs to. One hit is gone to at once, and so are several of one story. */
import type { Hit } from '@order-saga/console/api';
import { Link, Redirect, useSearchParams } from 'wouter';
import { useConfig, useFound } from '../../data/queries.ts';
import { Behind } from '../../ui/behind.tsx';
import { card, Empty, Failure, Id, Loading, Note, Title } from '../../ui/parts.tsx';
import styles from './find.module.css';

const KINDS: Readonly<Record<Hit['kind'], string>> = {
  order: 'Order',
  story: 'Story',
  message: 'Message',
  trace: 'Trace',
  saga: 'Saga',
  'dead-letter': 'Parked message',
};

/** A message is opened in its story. */
const pageOf = ({ kind, id, story }: Hit) =>
  `/stories/${encodeURIComponent(story)}${kind === 'message' ? `?event=${encodeURIComponent(id)}` : ''}`;

export function FindPage() {
  const [query] = useSearchParams();
  const q = query.get('q')?.trim() ?? '';
  const { data: config } = useConfig();
  const isShort = q.length < (config?.limits.endOfId ?? 1);
  const { data: found, error, refetch } = useFound(isShort ? '' : q);
  const hits = found?.hits ?? [];
  const [first] = hits;
  const isOne = hits.every(({ story }) => story === first?.story) && !found?.more;
  if (first && isOne) return <Redirect to={pageOf(first)} replace />;
  return (
    <>
      <Title title={`Find ${q}`}>{isShort ? 'Find' : <>What “{q}” belongs to</>}</Title>
      <Behind>what is newer is not found yet.</Behind>
      <section aria-label="Found" className={`${card} ${styles.found}`}>
        {q === '' && <How title="Find a story by any id" />}
        {q !== '' && isShort && <How title={`“${q}” is too short for an id`} />}
        {error && <Failure error={error} retry={() => void refetch()} />}
        {!isShort && !found && !error && <Loading />}
        {found?.hits.length === 0 && <How title={`Nothing has the id ${q}`} />}
        {found && found.hits.length > 0 && (
          <ul>
            {found.hits.map((hit) => (
              <li key={`${hit.kind} ${hit.id} ${hit.story}`}>
                <span className={styles.kind}>{KINDS[hit.kind]}</span>
                <span>
                  <Link href={pageOf(hit)}>{hit.label}</Link>
                  <Id id={hit.id} whole />
                </span>
              </li>
            ))}
          </ul>
        )}
        {found?.more && <Note>There are more. A whole id finds one.</Note>}
      </section>
    </>
  );
}

function How({ title }: { title: string }) {
  return (
    <Empty title={title}>
      Whole ids of an order, a story, a message, a saga or a trace are found, and so are their last eight
      characters, which is what the page shows of them.
    </Empty>
  );
}
