/** Who is signed in, and a small switch: in the demo one may be somebody else, without a password. */
import { useState } from 'react';
import { signInAs, useSession } from '../data/session.ts';
import styles from './frame.module.css';

const ROLES: Readonly<Record<string, string>> = {
  operator: 'operator: everything',
  viewer: 'viewer: looks only',
  privacy: 'privacy: sees personal data',
};
const words = (name: string) => ROLES[name] ?? `${name}: a customer`;

export function WhoIAm() {
  const { data: session } = useSession();
  const [problem, setProblem] = useState('');
  if (!session?.signIn) return null;
  const { as = '', people } = session;
  const names = as === '' || people.includes(as) ? people : [as, ...people];
  if (names.length === 0) return null;
  return (
    <>
      <select
        className={styles.who}
        aria-label="Signed in as"
        value={as}
        onChange={(event) => {
          signInAs(event.target.value).catch((error: Error) => setProblem(error.message));
        }}
      >
        {as === '' && <option value="">nobody: looks only</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {words(name)}
          </option>
        ))}
      </select>
      <span role="status" className={styles.whoProblem}>
        {problem}
      </span>
    </>
  );
}
