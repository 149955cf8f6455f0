/** The orders that were placed in this browser, with what can be done about them. */
import { Link } from 'wouter';
import { useStory } from '../../data/queries.ts';
import { useSettings } from '../../data/settings.ts';
import { CancelOrder } from '../../ui/cancel-order.tsx';
import { card, muted, Pill } from '../../ui/parts.tsx';
import { shortId } from '../../view/format.ts';
import { ofOrder } from '../../view/tone.ts';
import styles from './shop.module.css';

const SHOWN = 5;

export function MyOrders({ readOnly }: { readOnly: boolean }) {
  const { orders } = useSettings();
  return (
    <section aria-labelledby="mine-title" className={`${card} ${styles.mine}`}>
      <h2 id="mine-title">Placed in this browser</h2>
      {orders.length === 0 && <p className={muted}>No order yet.</p>}
      <ul>
        {orders.slice(0, SHOWN).map((id) => (
          <Mine key={id} id={id} readOnly={readOnly} />
        ))}
      </ul>
    </section>
  );
}

function Mine({ id, readOnly }: { id: string; readOnly: boolean }) {
  const { data: story } = useStory(id);
  const title = story?.lines?.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ');
  return (
    <li>
      <span className={styles.mineTitle}>
        <Link href={`/stories/${id}`}>{title ?? `Order …${shortId(id)}`}</Link>
        {story?.status && <Pill seen={ofOrder(story.status)} />}
      </span>
      {story && !readOnly && <CancelOrder story={story} brief />}
    </li>
  );
}
