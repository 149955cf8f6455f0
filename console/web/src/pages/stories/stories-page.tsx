/** All stories, narrowed down by what stands in the URL. */
import type { Stories } from '@order-saga/console/api';
import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useStories } from '../../data/queries.ts';
import { useStream } from '../../data/stream.ts';
import { Behind } from '../../ui/behind.tsx';
import { button, card, Empty, Failure, Loading, quiet, Title } from '../../ui/parts.tsx';
import { StoryRows } from '../../ui/story-rows.tsx';
import { ofOrder } from '../../view/tone.ts';
import styles from './stories.module.css';

const STATUSES = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED'] as const;
const HAS = { undo: 'something undone', parked: 'parked messages', duplicate: 'a message twice' };
const SAGA_STATUSES = ['running', 'compensating', 'completed', 'compensated', 'needs-attention'];
const FILTERS = ['status', 'sagaStatus', 'reason', 'customer', 'sku', 'slowerThanMs', 'has', 'from', 'to'];

export function StoriesPage() {
  useStream({ stories: true });
  const [query, setQuery] = useSearchParams();
  const filters = new URLSearchParams(
    [...query].filter(([name, value]) => FILTERS.includes(name) && value !== '').sort(),
  );
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage, isPlaceholderData } =
    useStories(filters.toString());
  const rows = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Title title="Stories">Stories</Title>
      <Behind>newer stories are not here yet.</Behind>
      <Counts counts={data?.pages[0]?.counts} filters={filters} />
      <div className={styles.columns}>
        <Filters key={filters.toString()} filters={filters} apply={(next) => setQuery(next)} />
        <section aria-label="Stories found" className={card} aria-busy={isPlaceholderData}>
          {rows && rows.length > 0 && <StoryRows rows={rows} />}
          {rows?.length === 0 && <Nothing filters={filters} clear={() => setQuery({})} />}
          {!rows && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading lines={10} />)}
          {hasNextPage && (
            <div className={styles.more}>
              <button
                type="button"
                className={button}
                disabled={isFetchingNextPage}
                onClick={() => void fetchNextPage()}
              >
                {isFetchingNextPage ? 'Loading…' : 'More'}
              </button>
            </div>
          )}
        </section>
      </div>
    </>
  );
}

function withFilter(filters: URLSearchParams, name: string, value: string | undefined): string {
  const next = new URLSearchParams(filters);
  if (value === undefined) next.delete(name);
  else next.set(name, value);
  return `/stories${next.size > 0 ? `?${next}` : ''}`;
}

function Counts({ counts, filters }: { counts: Stories['counts'] | undefined; filters: URLSearchParams }) {
  const now = filters.get('status');
  return (
    <nav aria-label="By status" className={styles.counts}>
      <Link href={withFilter(filters, 'status', undefined)} aria-current={now === null ? 'page' : undefined}>
        All
      </Link>
      {STATUSES.map((status) => (
        <Link
          key={status}
          href={withFilter(filters, 'status', status)}
          aria-current={now === status ? 'page' : undefined}
          data-tone={ofOrder(status).tone}
        >
          {ofOrder(status).word}
          <span>
            {counts ? counts[status].toLocaleString('en') : '…'}
            {counts?.atLeast ? '+' : ''}
          </span>
        </Link>
      ))}
    </nav>
  );
}

function Filters({ filters, apply }: { filters: URLSearchParams; apply: (next: URLSearchParams) => void }) {
  // On a wide screen the form stands beside the list; on a narrow one it is opened.
  const [open, setOpen] = useState(() => filters.size > 0 || window.innerWidth >= 1040);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '',
    );
    const next = new URLSearchParams(given.map(([name, value]) => [name, value.trim()]));
    const status = filters.get('status');
    if (status) next.set('status', status);
    apply(next);
  };
  const value = (name: string) => filters.get(name) ?? '';
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className={styles.filters}>
      <summary>Filters{filters.size > 0 ? ` (${filters.size})` : ''}</summary>
      <form onSubmit={submit}>
        <label>
          Saga
          <select name="sagaStatus" defaultValue={value('sagaStatus')}>
            <option value="">any state</option>
            {SAGA_STATUSES.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </label>
        <label>
          Has
          <select name="has" defaultValue={value('has')}>
            <option value="">anything</option>
            {Object.entries(HAS).map(([has, says]) => (
              <option key={has} value={has}>
                {says}
              </option>
            ))}
          </select>
        </label>
        <Field label="Reason" name="reason" placeholder="payment-declined" value={value('reason')} />
        <Field label="Customer" name="customer" placeholder="customer-1" value={value('customer')} />
        <Field label="SKU" name="sku" placeholder="SKU-0012" value={value('sku')} />
        <Field
          label="Slower than, in ms"
          name="slowerThanMs"
          placeholder="500"
          value={value('slowerThanMs')}
          inputMode="numeric"
        />
        <div className={styles.actions}>
          <button className={button}>Apply</button>
          {filters.size > 0 && (
            <button type="button" className={quiet} onClick={() => apply(new URLSearchParams())}>
              Clear all
            </button>
          )}
        </div>
      </form>
    </details>
  );
}

type FieldOf = { label: string; name: string; placeholder: string; value: string; inputMode?: 'numeric' };

function Field({ label, name, placeholder, value, inputMode }: FieldOf) {
  return (
    <label>
      {label}
      <input
        name={name}
        defaultValue={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        inputMode={inputMode}
      />
    </label>
  );
}

function Nothing({ filters, clear }: { filters: URLSearchParams; clear: () => void }) {
  if (filters.size === 0) {
    return (
      <Empty title="There is no story yet">
        Place an order in <Link href="/shop">the shop</Link>: its story begins at once.
      </Empty>
    );
  }
  return (
    <Empty title="No story fits all of the filters">
      <p>They are: {[...filters].map(([name, value]) => `${name} ${value}`).join(', ')}.</p>
      <button type="button" className={button} onClick={clear}>
        Clear all filters
      </button>
    </Empty>
  );
}
