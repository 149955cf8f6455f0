import { set, type Settings, useSettings } from '../data/settings.ts';
import styles from './frame.module.css';

export function SettingsMenu({ id }: { id: string }) {
  const settings = useSettings();
  return (
    <div id={id} popover="auto" className={styles.menu} role="dialog" aria-label="Settings">
      <Choice
        legend="Theme"
        name="theme"
        now={settings.theme}
        choices={{ system: 'as the system', light: 'light', dark: 'dark' }}
        choose={(theme) => set({ theme })}
      />
      <Choice
        legend="Times"
        name="zone"
        now={settings.zone}
        choices={{ utc: 'UTC', local: 'local' }}
        choose={(zone) => set({ zone })}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={settings.shortcuts}
          onChange={(event) => set({ shortcuts: event.target.checked } satisfies Partial<Settings>)}
        />
        Single keys do something
      </label>
    </div>
  );
}

type ChoiceOf<T extends string> = {
  legend: string;
  name: string;
  now: T;
  choices: Readonly<Record<T, string>>;
  choose: (value: T) => void;
};

function Choice<T extends string>({ legend, name, now, choices, choose }: ChoiceOf<T>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {(Object.entries(choices) as [T, string][]).map(([value, says]) => (
        <label key={value} className={styles.check}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={now === value}
            onChange={() => choose(value)}
          />
          {says}
        </label>
      ))}
    </fieldset>
  );
}
