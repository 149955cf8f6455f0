/** Single keys do things, unless somebody types or has switched them off (WCAG 2.1.4). */
import { type RefObject, useLayoutEffect } from 'react';
import { set, useSettings } from '../data/settings.ts';
import { button } from '../ui/parts.tsx';
import styles from './frame.module.css';

export type Keys = Readonly<Record<string, () => void>>;

export function useKeys(on: boolean, keys: Keys): void {
  // With what is drawn, not some time after it: a key that is seen to do something does it.
  useLayoutEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (target.closest('input, select, textarea, dialog')) return;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}

const KEYS = [
  ['/', 'find by any id'],
  ['?', 'these keys'],
  [', and .', 'story: one message back, one forward'],
  ['p', 'story: play, or stop'],
  ['← and →', 'lanes: the message before, the one after'],
  ['↑ and ↓', 'lanes: the nearest in the next lane'],
  ['Enter', 'lanes: open the message'],
  ['c and e', 'a message: go to its cause, to its effect'],
] as const;

export function KeysDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const { shortcuts } = useSettings();
  return (
    <dialog ref={dialog} aria-labelledby="keys-title" className={styles.keys}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={shortcuts}
          onChange={(event) => set({ shortcuts: event.target.checked })}
        />
        Single keys do something
      </label>
      <form method="dialog">
        <button className={button}>Close</button>
      </form>
    </dialog>
  );
}
