/**
 * One business story: said in a sentence, drawn, listed, and raw. The page is a function of the first `?at=`
 * rows; without it, of all.
 */
import type { Story } from '@order-saga/console/api';
import { Link } from 'wouter';
import { isMissing } from '../../data/client.ts';
import { useConfig, useStory, useStoryAt } from '../../data/queries.ts';
import { useSettings } from '../../data/settings.ts';
import { useStream } from '../../data/stream.ts';
import { Behind } from '../../ui/behind.tsx';
import { button, Empty, Failure, Loading, Note, Title } from '../../ui/parts.tsx';
import { rowOf } from '../../view/causes.ts';
import { where } from '../../view/step-through.ts';
import { shortId } from '../../view/format.ts';
import { EventDetail } from './event-detail.tsx';
import { Events } from './events.tsx';
import { ParkedMessages } from './parked-messages.tsx';
import { Results } from './results.tsx';
import { SagaPicture } from './saga-picture.tsx';
import { Spans } from './spans.tsx';
import { Stepper } from './stepper.tsx';
import styles from './story.module.css';
import { StoryHead } from './story-head.tsx';
import { useStoryQuery } from './use-story-query.ts';

export function StoryPage({ id }: { id: string }) {
  const { data: story, error, errorUpdateCount, refetch } = useStory(id);
  // Of one that is asked for still it is not known whether there is anything to hear.
  const goesOn = story ? !story.ended : errorUpdateCount > 0;
  useStream(goesOn ? { story: id } : undefined);
  if (story) return <Loaded story={story} />;
  return (
    <>
      <Title title={`Story ${shortId(id)}`}>Story …{shortId(id)}</Title>
      {!error && <Loading lines={12} label="Loading the story" />}
      {error && <Behind />}
      {error && isMissing(error) && <NotRead id={id} retry={() => void refetch()} />}
      {error && !isMissing(error) && <Failure error={error} retry={() => void refetch()} />}
    </>
  );
}

/** Placed in this browser: then it was answered, and is only not heard of yet. */
function NotRead({ id, retry }: { id: string; retry: () => void }) {
  const { orders } = useSettings();
  const isOurs = orders.includes(id);
  return (
    <Empty title={isOurs ? 'The order was accepted, and waits' : 'Nothing was heard of this story yet'}>
      <p>
        {isOurs
          ? 'It lies safely in the database of the order service. Its first message has not come through Kafka yet; as soon as it does, the story begins here.'
          : 'Either there is no story with this id, or its first message is still in its service’s outbox: an order that was answered is not lost, and comes as soon as Kafka takes it.'}
      </p>
      <p>
        <button type="button" className={button} onClick={retry}>
          Look again
        </button>{' '}
        or go to <Link href="/stories">all stories</Link>.
      </p>
    </Empty>
  );
}

function Loaded({ story }: { story: Story }) {
  const { data: config } = useConfig();
  const query = useStoryQuery();
  const standing = where(query.at, story.events.length);
  const { data: past, error } = useStoryAt(
    story.correlationId,
    standing.live ? undefined : standing.at,
    story,
  );
  if (!standing.live && !past)
    return error ? <Failure error={error} /> : <Loading lines={12} label="Loading the story" />;
  const seen = standing.live || !past ? story : past;
  const selected = query.event === undefined ? undefined : rowOf(story.events, query.event);
  const services = config?.services ?? [];
  return (
    <article className={styles.page}>
      <StoryHead story={story} seen={seen} live={standing.live} readOnly={config?.readOnly ?? true} />
      <Stepper story={story} standing={standing} change={query.change} />
      {seen.sagas.map((saga) => (
        <SagaPicture key={saga.sagaId} saga={saga} story={seen} isNow={standing.live} query={query} />
      ))}
      {seen.kind === 'order' && seen.sagas.length === 0 && (
        <Note>No saga has taken this order up {standing.live ? 'yet' : 'at this point'}.</Note>
      )}
      <Events story={story} seen={seen} services={services} query={query}>
        {selected && (
          <EventDetail key={selected.id} event={selected} story={story} query={query} services={services} />
        )}
      </Events>
      {seen.parked.length > 0 && <ParkedMessages story={seen} />}
      {seen.kind === 'order' && <Results story={seen} whole={story} isNow={standing.live} />}
      <Spans story={seen} services={services} />
    </article>
  );
}
