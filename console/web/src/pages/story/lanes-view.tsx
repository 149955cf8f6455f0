import type { Span, StoryEvent } from '@order-saga/console/api';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import { Copy as CopyIcon } from 'lucide-react';
import { Mark } from '../../ui/mark.tsx';
import { rowOf } from '../../view/causes.ts';
import { after, duration } from '../../view/format.ts';
import { arrows, callWord, isCall, layOut, neighbour, type Picture } from '../../view/lanes.ts';
import { hueOf, KIND_WORD } from '../../view/tone.ts';
import styles from './events.module.css';
import type { StoryQuery } from './use-story-query.ts';

const NAMES_PX = 176;
const MOVES = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'] as const;

export type RowsOf = {
  events: readonly StoryEvent[];
  known: ReadonlySet<string>;
  services: readonly string[];
  query: StoryQuery;
};

type LanesOf = RowsOf & { spans: readonly Span[]; everyArrow: boolean; width: number };

export function LanesView({ events, known, services, query, spans, everyArrow, width }: LanesOf) {
  const picture = useMemo(
    () => layOut(events, { width: width - NAMES_PX, calls: spans.filter(isCall) }),
    [events, width, spans],
  );
  const marks = useRef(new Map<string, HTMLButtonElement>());
  const selected = query.event === undefined ? undefined : rowOf(events, query.event)?.id;
  const order = events.map(({ id }) => id);
  const focusable = selected ?? order[0];

  const press = (event: KeyboardEvent<HTMLElement>) => {
    const from = (event.target as HTMLElement).dataset['event'];
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = followed(events, picture, { order, from, key: event.key });
    if (to === undefined) return;
    event.preventDefault();
    marks.current.get(to)?.focus();
    if (selected !== undefined || event.key === 'c' || event.key === 'e') query.change({ event: to });
  };

  return (
    <div className={styles.lanes} onKeyDown={press}>
      <div className={styles.names} style={{ width: NAMES_PX }}>
        {picture.lanes.map(({ name, height, hue }) => (
          <div key={name} style={{ height, '--hue': hueOf(hue, services) }}>
            {name}
          </div>
        ))}
      </div>
      <div className={styles.track} style={{ height: picture.height }}>
        <Backdrop picture={picture} />
        <Arrows events={events} picture={picture} selected={selected} everyArrow={everyArrow} />
        {picture.lanes.map(({ name }) => (
          <ol key={name} aria-label={name} className={styles.lane}>
            {events
              .filter(({ lane }) => lane === name)
              .map((event) => (
                <li key={event.id}>
                  <EventButton
                    event={event}
                    picture={picture}
                    hue={hueOf(event.lane, services)}
                    isKnown={known.has(event.id)}
                    isSelected={event.id === selected}
                    isFocusable={event.id === focusable}
                    select={() => query.change({ event: event.id === selected ? undefined : event.id })}
                    keep={(element) =>
                      void (element ? marks.current.set(event.id, element) : marks.current.delete(event.id))
                    }
                  />
                </li>
              ))}
          </ol>
        ))}
        <Calls picture={picture} />
      </div>
    </div>
  );
}

type ArrowsOf = {
  events: readonly StoryEvent[];
  picture: Picture;
  selected: string | undefined;
  everyArrow: boolean;
};

function Arrows({ events, picture, selected, everyArrow }: ArrowsOf) {
  return (
    <svg aria-hidden className={styles.arrows} width={picture.width} height={picture.height}>
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 .5 7 4 0 7.5z" fill="context-stroke" />
        </marker>
      </defs>
      {everyArrow &&
        arrows(events, picture).map(({ from, to, path }) => (
          <path key={`${from} ${to}`} d={path} className={styles.faint} />
        ))}
      {selected &&
        arrows(events, picture, selected).map(({ from, to, path }) => (
          <path key={`${from} ${to}`} d={path} markerEnd="url(#head)" />
        ))}
    </svg>
  );
}

/** Calls to the outside, as long as they took. */
function Calls({ picture }: { picture: Picture }) {
  return picture.calls.map(({ spanId, name, x, y, width, durationMs, failed, side }) => (
    <div
      key={spanId}
      className={styles.call}
      data-failed={failed}
      data-side={side}
      style={{ left: x, top: y - 9, width }}
    >
      <span>
        {callWord(name)}, {duration(durationMs)}
        {failed ? ', failed' : ''}
      </span>
    </div>
  ));
}

type Way = { order: readonly string[]; from: string; key: string };

function followed(
  events: readonly StoryEvent[],
  picture: Picture,
  { order, from, key }: Way,
): string | undefined {
  const move = MOVES.find((one) => one === key);
  if (move) return neighbour(picture, order, from, move);
  const event = events.find(({ id }) => id === from);
  if (key === 'c') return event?.causationId && rowOf(events, event.causationId)?.id;
  if (key === 'e') return event?.effects.find((id) => order.includes(id));
  return undefined;
}

type ButtonOf = {
  event: StoryEvent;
  picture: Picture;
  hue: string;
  isKnown: boolean;
  isSelected: boolean;
  isFocusable: boolean;
  select: () => void;
  keep: (element: HTMLButtonElement | null) => void;
};

function EventButton({ event, picture, hue, isKnown, isSelected, isFocusable, select, keep }: ButtonOf) {
  const at = picture.placed.get(event.id);
  if (!at) return null;
  const { type, kind, lane, afterMs, copies, repeats, readers } = event;
  const parked = readers.some(({ did }) => did === 'parked');
  const also = [
    ...(copies.length > 0 ? ['delivered twice'] : []),
    ...(parked ? ['parked'] : []),
    ...(isKnown ? [] : ['not yet']),
  ];
  return (
    <button
      ref={keep}
      type="button"
      data-event={event.id}
      data-kind={parked ? 'parked' : kind}
      data-known={isKnown}
      data-side={at.side}
      aria-pressed={isSelected}
      aria-label={`${type}${repeats ? ` ×${repeats.count + 1}` : ''}, ${[KIND_WORD[kind], `of ${lane}`, after(afterMs), ...also].join(', ')}`}
      tabIndex={isFocusable ? 0 : -1}
      className={styles.event}
      style={{
        '--hue': hue,
        top: at.y - 12,
        ...(at.side === 'right' ? { left: at.x - 12 } : { right: picture.width - at.x - 12 }),
      }}
      onClick={select}
    >
      <span className={styles.mark}>
        <Mark kind={kind} parked={parked} />
      </span>
      <span className={styles.type}>{type}</span>
      {repeats && <span className={styles.count}>×{repeats.count + 1}</span>}
      {copies.length > 0 && (
        <span className={styles.count}>
          <CopyIcon size={11} strokeWidth={2.4} />
        </span>
      )}
    </button>
  );
}

function Backdrop({ picture: { lanes, axis } }: { picture: Picture }) {
  return (
    <div aria-hidden className={styles.backdrop}>
      {lanes.map(({ name, top, height }) => (
        <span key={name} className={styles.stripe} style={{ top, height }} />
      ))}
      {axis.ticks.map(({ ms, x, label, labelX }) => (
        <span key={ms} className={styles.tick} style={{ left: x }}>
          <span style={{ left: labelX - x }}>{label}</span>
        </span>
      ))}
      {axis.folds.map(({ x, width, fromMs, toMs }) => (
        <span key={x} className={styles.fold} style={{ left: x + 6, width: Math.max(4, width - 12) }}>
          <span>≈ {duration(toMs - fromMs)}</span>
        </span>
      ))}
    </div>
  );
}
