import type { StoryEvent } from '@order-saga/console/api';
import { Copy as CopyIcon } from 'lucide-react';
import { Mark } from '../../ui/mark.tsx';
import { rowOf } from '../../view/causes.ts';
import { after } from '../../view/format.ts';
import { hueOf, KIND_WORD } from '../../view/tone.ts';
import styles from './events.module.css';
import type { RowsOf } from './lanes-view.tsx';

export function ListView({ events, known, services, query }: RowsOf) {
  const selected = query.event === undefined ? undefined : rowOf(events, query.event)?.id;
  return (
    <table className={styles.list}>
      <thead>
        <tr>
          <th scope="col">After</th>
          <th scope="col">Service</th>
          <th scope="col">Message</th>
          <th scope="col">Because of</th>
          <th scope="col">Read by</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={event.id} data-selected={event.id === selected} data-known={known.has(event.id)}>
            <td className={styles.afterCell}>{after(event.afterMs)}</td>
            <td>
              <Service lane={event.lane} services={services} />
            </td>
            <td>
              <MessageName
                event={event}
                hue={hueOf(event.lane, services)}
                isSelected={event.id === selected}
                select={() => query.change({ event: event.id === selected ? undefined : event.id })}
              />
            </td>
            <td className={styles.soft}>
              {event.causationId ? (rowOf(events, event.causationId)?.type ?? 'not shown') : 'from outside'}
            </td>
            <td className={styles.soft}>{readBy(event)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DID = {
  'took-effect': '',
  duplicate: ' dropped a duplicate',
  ignored: ' ignored it',
  parked: ' parked it',
} as const;

const readBy = ({ readers }: StoryEvent) =>
  readers.map(({ service, did }) => `${service}${DID[did]}`).join(', ');

export function Service({ lane, services }: { lane: string; services: readonly string[] }) {
  return (
    <span className={styles.service} style={{ '--hue': hueOf(lane, services) }}>
      {lane}
    </span>
  );
}

type NameOf = { event: StoryEvent; hue: string; isSelected: boolean; select: () => void };

export function MessageName({
  event: { type, kind, repeats, copies, readers },
  hue,
  isSelected,
  select,
}: NameOf) {
  const parked = readers.some(({ did }) => did === 'parked');
  return (
    <button
      type="button"
      className={styles.messageName}
      data-kind={parked ? 'parked' : kind}
      aria-pressed={isSelected}
      style={{ '--hue': hue }}
      onClick={select}
    >
      <span className={styles.mark}>
        <Mark kind={kind} parked={parked} />
      </span>
      {type}
      <span className="hidden">, {KIND_WORD[kind]}</span>
      {repeats && <span className={styles.count}>sent {repeats.count + 1} times</span>}
      {copies.length > 0 && (
        <span className={styles.count}>
          <CopyIcon aria-hidden size={11} /> delivered twice
        </span>
      )}
    </button>
  );
}
