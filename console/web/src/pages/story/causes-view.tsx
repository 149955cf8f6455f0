import { type Caused, causesOf, rowOf } from '../../view/causes.ts';
import { after, duration } from '../../view/format.ts';
import { hueOf } from '../../view/tone.ts';
import styles from './events.module.css';
import type { RowsOf } from './lanes-view.tsx';
import { MessageName, Service } from './list-view.tsx';

export function CausesView({ events, known, services, query }: RowsOf) {
  const selected = query.event === undefined ? undefined : rowOf(events, query.event)?.id;
  return (
    <Tree nodes={causesOf(events)} known={known} services={services} query={query} selected={selected} />
  );
}

type TreeOf = Omit<RowsOf, 'events'> & { nodes: readonly Caused[]; selected: string | undefined };

/** One effect of one cause goes on in the same column; only where the way parts is it set in. */
function Tree({ nodes, ...rest }: TreeOf) {
  return (
    <ul className={styles.tree}>
      {nodes.map((node) => (
        <li key={node.event.id}>
          <Chain node={node} {...rest} />
        </li>
      ))}
    </ul>
  );
}

function Chain({ node: { event, effects }, ...rest }: Omit<TreeOf, 'nodes'> & { node: Caused }) {
  const { known, services, query, selected } = rest;
  return (
    <>
      <div className={styles.caused} data-known={known.has(event.id)} data-selected={event.id === selected}>
        <MessageName
          event={event}
          hue={hueOf(event.lane, services)}
          isSelected={event.id === selected}
          select={() => query.change({ event: event.id === selected ? undefined : event.id })}
        />
        <Service lane={event.lane} services={services} />
        <span className={styles.soft}>
          {after(event.afterMs)}
          {event.afterCauseMs !== undefined && `, ${duration(event.afterCauseMs)} after its cause`}
        </span>
      </div>
      {effects.length > 0 && <Tree nodes={effects} {...rest} />}
    </>
  );
}
