/** The story, message by message. Where it stands is in the URL, so a moment can be handed on. */
import type { Story } from '@order-saga/console/api';
import { ChevronLeft, ChevronRight, Pause, Play, SkipBack, SkipForward } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../../data/client.ts';
import { useSettings } from '../../data/settings.ts';
import { useKeys } from '../../frame/keys.tsx';
import { button, quiet } from '../../ui/parts.tsx';
import { after } from '../../view/format.ts';
import { type Move, moved, type Where } from '../../view/step-through.ts';
import styles from './story.module.css';
import type { StoryQuery } from './use-story-query.ts';

const STEP_EVERY_MS = 900;

type StepperOf = { story: Story; standing: Where; change: StoryQuery['change'] };

export function Stepper({ story, standing, change }: StepperOf) {
  const [playing, setPlaying] = useState(false);
  const { shortcuts } = useSettings();
  const { at, of, live } = standing;
  const goTo = (next: number | undefined) => change({ at: next === undefined ? undefined : String(next) });
  const go = (move: Move) => {
    setPlaying(false);
    goTo(moved(standing, move));
  };
  const play = () => {
    if (!playing && live) goTo(moved(standing, 'first'));
    setPlaying(!playing);
  };
  usePlaying(
    playing && !live,
    () => {
      const next = moved(standing, 'forward');
      goTo(next);
      if (next === undefined) setPlaying(false);
    },
    at,
  );
  const aboutToGo = useNeighbours(story.correlationId, standing);
  useKeys(shortcuts, { ',': () => go('back'), '.': () => go('forward'), p: play });
  if (of < 2) return null;
  const event = story.events[at - 1];
  return (
    <section
      aria-label="Step through the story"
      className={styles.stepper}
      data-live={live}
      onPointerEnter={aboutToGo}
      onFocus={aboutToGo}
    >
      <div className={styles.moves}>
        <Step name="To the first message" disabled={at === 1} onClick={() => go('first')} icon={SkipBack} />
        <Step name="One message back" disabled={at === 1} onClick={() => go('back')} icon={ChevronLeft} />
        <Step name="One message forward" disabled={live} onClick={() => go('forward')} icon={ChevronRight} />
        <Step name="To the end" disabled={live} onClick={() => go('last')} icon={SkipForward} />
        <button type="button" className={button} onClick={play} aria-pressed={playing}>
          {playing ? <Pause aria-hidden size={14} /> : <Play aria-hidden size={14} />}
          {playing ? 'Stop' : 'Play'}
        </button>
      </div>
      <input
        type="range"
        min={1}
        max={of}
        value={at}
        aria-label="Message"
        aria-valuetext={`${at} of ${of}: ${event?.type}`}
        onChange={({ target }) => {
          setPlaying(false);
          goTo(Number(target.value) >= of ? undefined : Number(target.value));
        }}
      />
      <p className={styles.standing}>
        <strong>
          {at} of {of}
        </strong>
        {event && (
          <>
            <span>{event.type}</span>
            <span className={styles.soft}>{after(event.afterMs)}</span>
          </>
        )}
      </p>
    </section>
  );
}

function Step({
  name,
  icon: Icon,
  disabled,
  onClick,
}: {
  name: string;
  icon: typeof Play;
  disabled: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      className={quiet}
      aria-label={name}
      title={name}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon aria-hidden size={17} />
    </button>
  );
}

/** One step after the other, each after the one before has been shown. */
function usePlaying(on: boolean, step: () => void, at: number): void {
  useEffect(() => {
    if (!on) return;
    const timer = setTimeout(step, STEP_EVERY_MS);
    return () => clearTimeout(timer);
    // The step is made anew with each place.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [on, at]);
}

/** The next step is there before it is asked for, once it is said that somebody is about to go. */
function useNeighbours(id: string, { at, of, live }: Where): () => void {
  const [isTouched, setTouched] = useState(false);
  const client = useQueryClient();
  useEffect(() => {
    if (live && !isTouched) return;
    const wanted = live ? [of - 1, 1] : [at - 1, at + 1];
    for (const next of wanted.filter((n) => n >= 1 && n < of)) {
      void client.prefetchQuery({
        queryKey: ['story', id, 'at', next],
        queryFn: ({ signal }) => call<Story>(`/api/stories/${encodeURIComponent(id)}?at=${next}`, { signal }),
      });
    }
  }, [client, id, at, of, live, isTouched]);
  return () => setTouched(true);
}
