/** The shape of a message: command ▸, undo ↩, event ●, refusal ✕, saga log ■; parked ‖. */
import type { StoryEvent } from '@order-saga/console/api';

type Of = Pick<StoryEvent, 'kind'> & { parked?: boolean };

export function Mark({ kind, parked = false }: Of) {
  return (
    <svg aria-hidden viewBox="0 0 14 14" width="14" height="14" style={{ flex: 'none' }}>
      {parked ? <path d="M4 2v10M10 2v10" stroke="currentColor" strokeWidth="3" /> : shapeOf(kind)}
    </svg>
  );
}

function shapeOf(kind: StoryEvent['kind']) {
  const line = {
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: 2.4,
    strokeLinecap: 'round',
    strokeLinejoin: 'round',
  } as const;
  switch (kind) {
    case 'command':
      return <path d="M3 1.6 12 7l-9 5.4z" fill="currentColor" strokeLinejoin="round" />;
    case 'undo':
      return <path d="M5 2.5 1.8 5.7 5 8.9M2.2 5.7H9a3 3 0 0 1 0 6H6.5" {...line} strokeWidth={2.1} />;
    case 'event':
      return <circle cx="7" cy="7" r="5" fill="currentColor" />;
    case 'refusal':
      return <path d="m2.6 2.6 8.8 8.8m0-8.8-8.8 8.8" {...line} strokeWidth={2.8} />;
    case 'saga':
      return (
        <rect
          x="2.8"
          y="2.8"
          width="8.4"
          height="8.4"
          rx="1.6"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.2"
        />
      );
  }
}
