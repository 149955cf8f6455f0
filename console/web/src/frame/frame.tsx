/** What stands around every page: where one can go, the search, what is not as it is shown. */
import { Keyboard, Settings2 } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { useConfig } from '../data/queries.ts';
import { useSettings } from '../data/settings.ts';
import { quiet } from '../ui/parts.tsx';
import { Banners } from './banners.tsx';
import styles from './frame.module.css';
import { KeysDialog, useKeys } from './keys.tsx';
import { SearchBox } from './search-box.tsx';
import { SettingsMenu } from './settings-menu.tsx';
import { WhoIAm } from './who-i-am.tsx';

const PAGES = [
  { to: '/', name: 'Overview' },
  { to: '/shop', name: 'Shop' },
  { to: '/stories', name: 'Stories' },
];

export function Frame({ children }: { children: ReactNode }) {
  const search = useRef<HTMLInputElement>(null);
  const keys = useRef<HTMLDialogElement>(null);
  const [path] = useLocation();
  const { shortcuts } = useSettings();
  useKeys(shortcuts, {
    '/': () => search.current?.focus(),
    '?': () => keys.current?.showModal(),
  });
  useEffect(() => {
    // Not returned: browsers give a promise, and React takes what is returned for a clean-up.
    void window.scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link href="/" className={styles.brand}>
            <Logo />
            <span>order-saga</span>
          </Link>
          <nav aria-label="Pages" className={styles.nav}>
            {PAGES.map(({ to, name }) => (
              <Link key={to} href={to} aria-current={isHere(path, to) ? 'page' : undefined}>
                {name}
              </Link>
            ))}
          </nav>
          <SearchBox box={search} />
          <div className={styles.tools}>
            <WhoIAm />
            <button
              type="button"
              className={quiet}
              aria-label="Keys"
              onClick={() => keys.current?.showModal()}
            >
              <Keyboard aria-hidden size={18} />
            </button>
            <button type="button" className={quiet} aria-label="Settings" popoverTarget="settings">
              <Settings2 aria-hidden size={18} />
            </button>
          </div>
        </div>
      </header>
      <SettingsMenu id="settings" />
      <KeysDialog dialog={keys} />
      <Banners />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <Footer />
    </>
  );
}

const isHere = (path: string, to: string) =>
  to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);

function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" width="26" height="26">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M8 11h15m-4.5-4.5L23 11l-4.5 4.5M24 21H9m4.5-4.5L9 21l4.5 4.5"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function Footer() {
  const { data: config } = useConfig();
  if (!config) return null;
  return (
    <footer className={styles.footer}>
      <span>
        {config.name} {config.version}
      </span>
      <ul>
        {config.links.map(({ name, url }) => (
          <li key={url}>
            <a href={url}>{name}</a>
          </li>
        ))}
        <li>
          <a href="/openapi.json">This page’s API</a>
        </li>
      </ul>
    </footer>
  );
}
