/** Says when what is shown is not how things are. */
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useModel } from '../data/queries.ts';
import { useLiveness } from '../data/stream.ts';
import { Time } from '../ui/parts.tsx';
import styles from './frame.module.css';

const BEHIND_FROM_S = 5;

export function Banners() {
  const { data: model } = useModel();
  const liveness = useLiveness();
  const said: ReactNode[] = [];
  if (liveness === 'away') {
    said.push(
      'The console does not answer. What is shown is from before; orders go on without it, and this page comes back by itself.',
    );
  }
  if (model?.kafka.state === 'away') {
    said.push(
      <>
        Kafka does not answer
        {model.kafka.since && <> since {<Time at={model.kafka.since} millis={false} />}</>}: orders are
        accepted, nothing moves. What is shown is from then.
      </>,
    );
  } else if (model?.behindSeconds !== undefined && model.behindSeconds >= BEHIND_FROM_S) {
    said.push(`The console is ${model.behindSeconds} s behind: what is shown is from then.`);
  }
  return (
    <div role="status" className={styles.banners}>
      {said.map((text, i) => (
        <p key={i}>
          <TriangleAlert aria-hidden size={16} />
          <span>{text}</span>
        </p>
      ))}
    </div>
  );
}
