/** The small parts that every page is made of. */
import type { Money as MoneyValue } from '@order-saga/console/api';
import { Check, CircleDashed, CircleX, Hand, Pause, TriangleAlert, Undo2, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiError } from '../data/client.ts';
import { useNow } from '../data/now.ts';
import { useSettings } from '../data/settings.ts';
import { ago, clock, money, shortId, wholeTime } from '../view/format.ts';
import { ANOTHER_ACCOUNT } from '../view/may.ts';
import type { Seen, Shape } from '../view/tone.ts';
import styles from './parts.module.css';

const ICONS: Readonly<Record<Exclude<Shape, 'none'>, typeof Check>> = {
  check: Check,
  busy: CircleDashed,
  undo: Undo2,
  cross: X,
  hand: TriangleAlert,
  parked: Pause,
};

export function ShapeIcon({ shape, size = 14 }: { shape: Shape; size?: number }) {
  if (shape === 'none') return null;
  const Icon = ICONS[shape];
  return (
    <Icon
      aria-hidden
      size={size}
      strokeWidth={2.4}
      className={shape === 'busy' ? styles.turning : undefined}
    />
  );
}

/** A state: its shape and its word. */
export function Pill({ seen, large = false }: { seen: Seen; large?: boolean }) {
  return (
    <span className={large ? styles.pillLarge : styles.pill} data-tone={seen.tone}>
      <ShapeIcon shape={seen.shape} size={large ? 16 : 13} />
      {seen.word}
    </span>
  );
}

let pages = 0;

/** Who types goes on typing, whatever comes meanwhile. */
const isTyping = () =>
  document.activeElement?.matches('input:not([type=radio], [type=checkbox]), textarea, select');

/** The page's name and its one heading. Whoever comes from another page is put there. */
export function Title({
  children,
  title,
  className,
}: {
  children: ReactNode;
  title: string;
  className?: string | undefined;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (pages++ > 0 && !isTyping()) heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${title} · order-saga`;
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}

/** A moment; the exact one is said too. */
export function Time({
  at,
  relative = false,
  millis = true,
}: {
  at: string;
  relative?: boolean;
  millis?: boolean;
}) {
  const { zone } = useSettings();
  return (
    <time dateTime={at} title={wholeTime(at, zone)}>
      {relative ? <Ago at={at} /> : clock(at, zone, { millis })}
    </time>
  );
}

function Ago({ at }: { at: string }) {
  return ago(at, useNow());
}

/** With the day, if it is not today's. */
export function When({ at, millis = false }: { at: string; millis?: boolean }) {
  const { zone } = useSettings();
  const [now] = useState(Date.now);
  return (
    <time dateTime={at} title={wholeTime(at, zone)}>
      {clock(at, zone, { now, millis })}
    </time>
  );
}

export const Price = ({ of }: { of: MoneyValue }) => <data value={of.amount}>{money(of)}</data>;

/** The end of an id, which tells it apart; the whole is one press away. */
export function Id({ id, whole = false }: { id: string; whole?: boolean }) {
  return (
    <code className={styles.id} title={id}>
      {whole ? id : `…${shortId(id)}`}
    </code>
  );
}

export function Copy({
  text,
  children = 'Copy',
  label,
}: {
  text: string;
  children?: ReactNode;
  label?: string;
}) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () => window.prompt('Copy it from here:', text),
    );
  };
  return (
    <button type="button" className={styles.quiet} onClick={copy} aria-label={done ? undefined : label}>
      {done ? 'Copied' : children}
      <span role="status" className="hidden">
        {done ? 'Copied' : ''}
      </span>
    </button>
  );
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      {children && <div className={styles.emptyText}>{children}</div>}
    </div>
  );
}

type Said = { title: string; detail?: string; retryAfterS?: number | undefined };

/** A session that has ended, or keys of the provider that were changed. */
const SIGNED_OUT: Said = {
  title: 'You are not signed in any more',
  detail: 'Nothing was done. Sign in, and do it again.',
};

/** In the words of the page: an answer speaks of scopes, to programs. */
const NOT_BY_THIS_ACCOUNT: Said = {
  title: 'The account that is signed in may not do that',
  detail: `Nothing was done. ${ANOTHER_ACCOUNT}`,
};

function saidOf(error: unknown): Said {
  if (!(error instanceof ApiError))
    return { title: 'Something went wrong in this page', detail: String(error) };
  const { problem, retryAfterS, needsAnother } = error;
  if (needsAnother) return NOT_BY_THIS_ACCOUNT;
  return problem.status === 401 ? SIGNED_OUT : { ...problem, retryAfterS };
}

/** What went wrong, as the answer says it, and the way on. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const said = saidOf(error);
  // Whoever opens the page is signed in.
  const [words, press] =
    said === SIGNED_OUT ? (['Sign in', () => location.reload()] as const) : (['Try again', retry] as const);
  return (
    <div className={styles.failure} role="alert">
      <CircleX aria-hidden size={18} />
      <div>
        <p className={styles.emptyTitle}>{said.title}</p>
        {said.detail && <p>{said.detail}</p>}
        {said.retryAfterS !== undefined && <p>Try again in {said.retryAfterS} s.</p>}
      </div>
      {press && (
        <button type="button" className={styles.button} onClick={press}>
          {words}
        </button>
      )}
    </div>
  );
}

/**
 * A button that whoever is signed in may not press is there all the same: it can be found and read, says why,
 * and does nothing.
 */
export const held = (
  why: string | undefined,
  id: string,
): { 'aria-disabled'?: true; 'aria-describedby'?: string } =>
  why === undefined ? {} : { 'aria-disabled': true, 'aria-describedby': id };

export function WhyNot({ why, id }: { why: string | undefined; id: string }) {
  if (why === undefined) return null;
  return (
    <p id={id} className={styles.whyNot}>
      {why}
    </p>
  );
}

/** Grey where something will stand; shown only if it takes a while. */
export function Loading({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className={styles.loading} role="status">
      <span className="hidden">{label}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={styles.bone} />
      ))}
    </div>
  );
}

export function Note({ children, tone = 'plain' }: { children: ReactNode; tone?: Seen['tone'] }) {
  return (
    <p className={styles.note} data-tone={tone}>
      {tone === 'bad' && <Hand aria-hidden size={16} />}
      <span>{children}</span>
    </p>
  );
}

export const button = styles.button ?? '';
export const primary = styles.primary ?? '';
export const quiet = styles.quiet ?? '';
export const danger = `${styles.button} ${styles.danger}`;
export const card = styles.card ?? '';
export const muted = styles.muted ?? '';
