/** Says when what is shown is not how things are. How far behind it is says each page where it matters. */
import { TriangleAlert } from 'lucide-react';
import { useReading } from '../data/queries.ts';
import { useLiveness } from '../data/stream.ts';
import styles from './frame.module.css';

export function Banners() {
  const { data: reading } = useReading();
  const liveness = useLiveness();
  const said: string[] = [];
  if (liveness === 'away') {
    said.push(
      'The console does not answer. What is shown is from before; orders go on without it, and this page comes back by itself.',
    );
  }
  if (reading?.state === 'away') {
    said.push('Kafka does not answer: orders are accepted, nothing moves. What is shown is from before.');
  }
  return (
    <div role="status" className={styles.banners}>
      {said.map((text) => (
        <p key={text}>
          <TriangleAlert aria-hidden size={16} />
          <span>{text}</span>
        </p>
      ))}
    </div>
  );
}
