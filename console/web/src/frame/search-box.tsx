/** One box for any id. It is a form that leads to a page: nothing pops up. */
import { Search } from 'lucide-react';
import { type FormEvent, type RefObject, useState } from 'react';
import { useLocation } from 'wouter';
import { useSettings } from '../data/settings.ts';
import styles from './frame.module.css';

export function SearchBox({ box }: { box: RefObject<HTMLInputElement | null> }) {
  const [, go] = useLocation();
  const [q, setQ] = useState('');
  const { shortcuts } = useSettings();
  const find = (event: FormEvent) => {
    event.preventDefault();
    if (q.trim() === '') return;
    go(`/find?q=${encodeURIComponent(q.trim())}`);
    setQ('');
  };
  return (
    <form role="search" className={styles.search} onSubmit={find}>
      <Search aria-hidden size={16} />
      <input
        ref={box}
        type="search"
        name="q"
        value={q}
        onChange={(event) => setQ(event.target.value)}
        placeholder="Find an order, a message, a trace…"
        aria-label="Find by any id, or its last eight characters"
        autoComplete="off"
        spellCheck={false}
      />
      {shortcuts && <kbd aria-hidden>/</kbd>}
    </form>
  );
}
