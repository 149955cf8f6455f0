/**
 * One box for any id. It is a form that leads to a page: nothing pops up. What stands in it is the browser's
 * to keep, so nothing that is typed waits for anything of ours.
 */
import { Search } from 'lucide-react';
import { type FormEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { useSettings } from '../data/settings.ts';
import { takeEarlyKeys } from './early-keys.ts';
import styles from './frame.module.css';

export function SearchBox({ box }: { box: RefObject<HTMLInputElement | null> }) {
  const [, go] = useLocation();
  const { shortcuts } = useSettings();
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    const typed = takeEarlyKeys();
    const input = boxOf(form.current);
    if (!typed || !shortcuts || !input) return;
    input.value = typed.q;
    input.focus();
    if (typed.isEntered) form.current?.requestSubmit();
    // At first alone: from then on the keys reach whom they are for.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const input = boxOf(event.currentTarget);
    const q = input?.value.trim() ?? '';
    if (!input || q === '') return;
    go(`/find?q=${encodeURIComponent(q)}`);
    input.value = '';
    // What is found is where one goes now.
    input.blur();
  };
  return (
    <form ref={form} role="search" className={styles.search} onSubmit={find}>
      <Search aria-hidden size={16} />
      <input
        ref={box}
        type="search"
        name="q"
        placeholder="Find an order, a message, a trace…"
        aria-label="Find by any id, or its last eight characters"
        autoComplete="off"
        spellCheck={false}
      />
      {shortcuts && <kbd aria-hidden>/</kbd>}
    </form>
  );
}

const boxOf = (form: HTMLFormElement | null) => form?.querySelector('input');
