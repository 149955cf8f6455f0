/** Says where what is shown is of before, while others speak of now; nothing where it is current. */
import { useReading } from '../data/queries.ts';
import { duration } from '../view/format.ts';
import { Announce } from './announce.tsx';
import styles from './parts.module.css';
import { ShapeIcon } from './parts.tsx';

/** @param children what is ahead of it here, for who reads on */
export function Behind({ children }: { children?: string }) {
  const { data } = useReading();
  const isBehind = data?.state === 'catching-up';
  const seconds = data?.behindSeconds;
  return (
    <>
      <Announce text={isBehind ? 'Catching up: what is shown is from before.' : ''} known="" />
      {isBehind && (
        <p className={styles.behind}>
          <ShapeIcon shape="busy" />
          <span>
            Catching up{seconds !== undefined && `, ${duration(seconds * 1_000)} behind`}
            {children && `: ${children}`}
          </span>
        </p>
      )}
    </>
  );
}
