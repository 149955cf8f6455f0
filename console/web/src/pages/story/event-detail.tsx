/** One message: why it was sent, what came of it, who read it and what they did, where it lies. */
import type { Reader, Story, StoryEvent } from '@order-saga/console/api';
import { ArrowLeft, ArrowRight, X } from 'lucide-react';
import { useState } from 'react';
import { useSettings } from '../../data/settings.ts';
import { useKeys } from '../../frame/keys.tsx';
import { later } from '../../ui/later.tsx';
import { Mark } from '../../ui/mark.tsx';
import { button, Copy, Id, quiet, Time } from '../../ui/parts.tsx';
import { rowOf } from '../../view/causes.ts';
import { after, counted, duration, size } from '../../view/format.ts';
import { hueOf, KIND_WORD } from '../../view/tone.ts';
import styles from './events.module.css';
import type { StoryQuery } from './use-story-query.ts';

const payloadView = later(() => import('./payload-view.tsx').then((part) => part.PayloadView));

type DetailOf = { event: StoryEvent; story: Story; query: StoryQuery; services: readonly string[] };

export function EventDetail({ event, story, query, services }: DetailOf) {
  const [open, setOpen] = useState(false);
  const { shortcuts } = useSettings();
  const cause = event.causationId === undefined ? undefined : rowOf(story.events, event.causationId);
  const effects = event.effects.flatMap((id) => rowOf(story.events, id) ?? []);
  const goTo = (to: StoryEvent | undefined) => to && query.change({ event: to.id });
  useKeys(shortcuts, { c: () => goTo(cause), e: () => goTo(effects[0]) });
  return (
    <section aria-labelledby="event-title" className={styles.detail}>
      <header className={styles.detailHead}>
        <h3
          id="event-title"
          className={styles.detailTitle}
          data-kind={event.kind}
          style={{ '--hue': hueOf(event.lane, services) }}
        >
          <span className={styles.mark}>
            <Mark kind={event.kind} />
          </span>
          {event.type}
        </h3>
        <span className={styles.soft}>
          {KIND_WORD[event.kind]} of {event.lane}
        </span>
        <span className={styles.soft}>
          <Time at={event.time} /> ({after(event.afterMs)}
          {event.afterCauseMs !== undefined &&
            event.afterCauseMs >= 0 &&
            `, ${duration(event.afterCauseMs)} after its cause`}
          )
        </span>
        <button
          type="button"
          className={`${quiet} ${styles.close}`}
          aria-label="Close the message"
          onClick={() => query.change({ event: undefined })}
        >
          <X aria-hidden size={16} />
        </button>
      </header>
      {event.afterCauseMs !== undefined && event.afterCauseMs < 0 && (
        <p className={styles.skew}>
          Its time is {duration(-event.afterCauseMs)} before its cause’s: the two clocks do not agree.
        </p>
      )}
      <Ways event={event} cause={cause} effects={effects} goTo={goTo} />
      <Facts event={event} story={story} />
      <div className={styles.payloadTools}>
        <button type="button" className={button} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the payload' : 'Payload'}
        </button>
        <Copy text={event.id}>Copy its id</Copy>
        <span className={styles.soft}>{size(event.bytes)}</span>
        {event.schema && <span className={styles.soft}>schema {event.schema}</span>}
      </div>
      {open && <payloadView.Part story={story.correlationId} source={event.source} id={event.id} />}
    </section>
  );
}

type WaysOf = {
  event: StoryEvent;
  cause: StoryEvent | undefined;
  effects: readonly StoryEvent[];
  goTo: (to: StoryEvent | undefined) => void;
};

function Ways({ event, cause, effects, goTo }: WaysOf) {
  return (
    <div className={styles.ways}>
      <div>
        <h4>Cause</h4>
        {cause && (
          <button type="button" className={button} onClick={() => goTo(cause)}>
            <ArrowLeft aria-hidden size={14} /> {cause.type}
          </button>
        )}
        {!cause && (
          <p className={styles.soft}>
            {event.causationId ? 'not among what is shown' : 'it came from outside: somebody asked for it'}
          </p>
        )}
      </div>
      <div>
        <h4>Effects</h4>
        {effects.length === 0 && <p className={styles.soft}>none</p>}
        <div className={styles.effects}>
          {effects.map((effect) => (
            <button key={effect.id} type="button" className={button} onClick={() => goTo(effect)}>
              {effect.type} <ArrowRight aria-hidden size={14} />
            </button>
          ))}
        </div>
      </div>
      <div>
        <h4>Read by</h4>
        {event.readers.length === 0 && <p className={styles.soft}>nobody wrote anything because of it</p>}
        <ul>
          {event.readers.map((reader, i) => (
            <li key={i}>
              <strong>{reader.service}</strong> {did(reader)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function did({ did: what, reason, messages }: Reader): string {
  switch (what) {
    case 'took-effect':
      return messages === undefined ? 'took it' : `took it, and wrote ${counted(messages, 'message')}`;
    case 'duplicate':
      return 'dropped the second copy as a duplicate';
    case 'ignored':
      return `ignored it${reason ? `: ${reason}` : ''}`;
    case 'parked':
      return `parked it${reason ? `: ${reason}` : ''}`;
  }
}

function Facts({ event, story }: { event: StoryEvent; story: Story }) {
  const { topic, partition, offset, copies, repeats, sequence, hops, source, traceId, step } = event;
  const noSpans = story.more.spans === 'none';
  return (
    <dl className={styles.facts}>
      <Fact name="In Kafka">
        <code>
          {topic}/{partition} @ {offset}
        </code>
        {copies.length > 0 && (
          <span>
            {' '}
            and again @ <code>{copies.map((copy) => copy.offset).join(', ')}</code>
          </span>
        )}
      </Fact>
      <Fact name="Written by">
        <code>
          {source} #{sequence}
        </code>
      </Fact>
      {step && (
        <Fact name="Step">
          <code>
            {step.name} {step.direction}
          </code>
        </Fact>
      )}
      {repeats && (
        <Fact name="Sent">
          {repeats.count + 1} times, last <Time at={repeats.lastAt} />
        </Fact>
      )}
      <Fact name="Hops">{hops}</Fact>
      <Fact name="Trace">
        <Id id={traceId} />
      </Fact>
      <Fact name="Id">
        <Id id={event.id} />
      </Fact>
      {noSpans && <Fact name="Spans">were not kept: what readers ignored or dropped is not known</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
