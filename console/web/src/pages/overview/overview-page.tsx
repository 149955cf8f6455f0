import type { Overview } from '@order-saga/console/api';
import { ArrowRight, TriangleAlert } from 'lucide-react';
import { Link } from 'wouter';
import { useOverview } from '../../data/queries.ts';
import { useStream } from '../../data/stream.ts';
import { Behind } from '../../ui/behind.tsx';
import { card, Failure, Loading, Pill, Price, Title } from '../../ui/parts.tsx';
import { counted, duration } from '../../view/format.ts';
import { sparkPath } from '../../view/spark.ts';
import { unheard } from '../../view/unheard.ts';
import { LiveStories } from './live-stories.tsx';
import styles from './overview.module.css';
import { TryIt } from './try-it.tsx';

export function OverviewPage() {
  useStream({ stories: true });
  const { data: overview, error, refetch } = useOverview();
  return (
    <>
      <Title title="Overview" className="hidden">
        Overview
      </Title>
      <Behind>newer orders are not counted yet.</Behind>
      {error && !overview ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Figures overview={overview} />
      )}
      <div className={styles.columns}>
        <LiveStories />
        <TryIt />
      </div>
    </>
  );
}

function Figures({ overview }: { overview: Overview | undefined }) {
  if (!overview) {
    return (
      <div className={card}>
        <Loading lines={2} />
      </div>
    );
  }
  const { orders, byStatus, tookMs, revenue, minutes, attention, from, to } = overview;
  const window = Math.round((Date.parse(to) - Date.parse(from)) / 60_000);
  const placed = minutes.map((minute) => minute.placed);
  return (
    <section aria-labelledby="figures-title">
      <header className={styles.head}>
        <h2 id="figures-title">Last {window} minutes</h2>
        <Attention attention={attention} />
      </header>
      <dl className={styles.figures}>
        <Figure
          name="Orders"
          value={orders.toLocaleString('en')}
          note={<Spark values={placed} says="placed in each minute" />}
        />
        <Figure
          name="Confirmed"
          value={byStatus.CONFIRMED.toLocaleString('en')}
          note={share(byStatus.CONFIRMED, orders)}
          tone="good"
        />
        <Figure
          name="Rejected"
          value={byStatus.REJECTED.toLocaleString('en')}
          note={reasons(overview)}
          tone="bad"
        />
        <Figure
          name="Cancelled"
          value={byStatus.CANCELLED.toLocaleString('en')}
          note={share(byStatus.CANCELLED, orders)}
          tone="undone"
        />
        <Figure
          name="Half took at most"
          value={tookMs ? duration(tookMs.p50) : '–'}
          note={tookMs ? `95 of 100 at most ${duration(tookMs.p95)}` : 'none has ended yet'}
        />
        <Figure name="Revenue" value={<Price of={revenue} />} note="of confirmed orders" />
      </dl>
    </section>
  );
}

function Figure({
  name,
  value,
  note,
  tone,
}: {
  name: string;
  value: React.ReactNode;
  note: React.ReactNode;
  tone?: string;
}) {
  return (
    <div className={styles.figure} data-tone={tone}>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      <dd className={styles.sub}>{note}</dd>
    </div>
  );
}

const share = (n: number, of: number) =>
  of === 0 ? 'of none' : `${((100 * n) / of).toFixed(n === of ? 0 : 1)} %`;

function reasons({ byReason, byStatus }: Overview): string {
  const told = Object.entries(byReason).sort(([, a], [, b]) => b - a);
  if (byStatus.REJECTED === 0 || told.length === 0) return 'none';
  return told
    .slice(0, 2)
    .map(([reason, n]) => `${n} × ${reason}`)
    .join(', ');
}

function Spark({ values, says }: { values: readonly number[]; says: string }) {
  const path = sparkPath(values, 120, 22);
  if (path === '') return says;
  return (
    <svg
      viewBox="0 0 120 22"
      className={styles.spark}
      role="img"
      aria-label={`${says}: ${values.join(', ')}`}
      preserveAspectRatio="none"
    >
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.6" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Attention({ attention }: Pick<Overview, 'attention'>) {
  const { sagas, parked = 0, overdue = 0 } = attention;
  const silences = unheard(attention);
  const said = [
    ...(sagas > 0
      ? [
          {
            text: `${counted(sagas, 'saga')} ${sagas === 1 ? 'needs' : 'need'} a hand`,
            to: '/stories?sagaStatus=needs-attention',
          },
        ]
      : []),
    ...(parked > 0 ? [{ text: counted(parked, 'parked message'), to: '/stories?has=parked' }] : []),
    ...(overdue > 0 ? [{ text: `${counted(overdue, 'order')} overdue`, to: '/stories?status=PENDING' }] : []),
  ];
  if (said.length === 0 && silences.length === 0) return <p className={styles.calm}>Nothing needs a hand.</p>;
  return (
    <ul className={styles.attention} aria-label="Needs attention">
      {said.map(({ text, to }) => (
        <li key={text}>
          <Link href={to}>
            <TriangleAlert aria-hidden size={14} />
            {text}
            <ArrowRight aria-hidden size={14} />
          </Link>
        </li>
      ))}
      {silences.map((seen) => (
        <li key={seen.word}>
          <Pill seen={seen} />
        </li>
      ))}
      {silences.length > 0 && <li className={styles.calm}>Parked messages are not counted meanwhile.</li>}
    </ul>
  );
}
