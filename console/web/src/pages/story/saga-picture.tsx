/**
 * A saga as what it is: steps that are done from left to right, and undone from right to left. An ordered
 * list on a grid, so it reads aloud in order and stands below each other where there is no room.
 */
import type { Saga, Send, Step, Story } from '@order-saga/console/api';
import { Fragment, type ReactNode } from 'react';
import { useNow } from '../../data/now.ts';
import { Pill, ShapeIcon, When } from '../../ui/parts.tsx';
import { duration } from '../../view/format.ts';
import { ofDo, ofSaga, ofUndo, type Seen } from '../../view/tone.ts';
import styles from './saga.module.css';
import type { StoryQuery } from './use-story-query.ts';

type PictureOf = { saga: Saga; story: Story; isNow: boolean; query: StoryQuery };

const WHY: Readonly<Record<NonNullable<Saga['why']>['kind'], string>> = {
  refused: 'a step was refused',
  silent: 'a step fell silent',
  cancelled: 'its cancellation was asked for',
  operator: 'an operator stopped it',
};

export function SagaPicture({ saga, story, isNow, query }: PictureOf) {
  const { sagaId, name, version, status, why, steps, end, definition, sourceFile } = saga;
  const title = `saga-${sagaId}`;
  const barrier = steps.findIndex(({ afterNoReturn }) => afterNoReturn);
  const hasUndo = end !== undefined || steps.some(({ undo, nothingToUndo }) => undo || nothingToUndo);
  // Where the way turned back: the last step that was sent.
  const turn = why ? steps.findLastIndex(({ do: act }) => act.status !== 'never-sent') : -1;
  const columns = [
    'minmax(0, 0.8fr)',
    ...steps.map((_, i) => `${i === barrier ? 'auto ' : ''}minmax(0, 1fr)`),
  ].join(' ');
  return (
    <section aria-labelledby={title} className={styles.saga}>
      <header className={styles.head}>
        <h2 id={title}>
          Saga <span className={styles.sagaName}>{name}</span>
          {version !== undefined && <span className={styles.version}> v{version}</span>}
        </h2>
        <Pill seen={ofSaga(status)} />
        {why && <span className={styles.why}>because {WHY[why.kind]}</span>}
        {sourceFile && <code className={styles.file}>{sourceFile}</code>}
      </header>
      {definition === 'unknown' && (
        <p className={styles.unknown}>
          This saga’s definition is not known here: what was sent is drawn, what would have come is not.
        </p>
      )}
      <div className={styles.container}>
        <ol className={styles.steps} style={{ '--columns': columns }} data-undo={hasUndo}>
          <Start saga={saga} story={story} query={query} />
          {steps.map((step, i) => (
            <Fragment key={step.name}>
              {i === barrier && (
                <li className={styles.barrier}>
                  <span>point of no return</span>
                </li>
              )}
              <StepCells
                step={step}
                saga={saga}
                turned={i === turn}
                next={steps[i + 1]}
                isNow={isNow}
                query={query}
                column={i + 2 + (barrier >= 0 && i >= barrier ? 1 : 0)}
              />
            </Fragment>
          ))}
          {end && (
            <li className={styles.end}>
              <SendCell
                row="end"
                title={end.command}
                send={end}
                seen={endSeen(end)}
                isNow={isNow}
                query={query}
                label="at the end"
              />
            </li>
          )}
        </ol>
      </div>
    </section>
  );
}

function Start({ saga: { sagaId, steps }, story, query }: Pick<PictureOf, 'saga' | 'story' | 'query'>) {
  const started = story.events.find(({ id }) => id === sagaId);
  return (
    <li className={styles.start}>
      <div
        className={styles.cell}
        data-row="start"
        data-tone="plain"
        data-onward={steps[0] && steps[0].do.status !== 'never-sent'}
      >
        <span className={styles.by}>started by</span>
        <Name to={started?.id} query={query}>
          {started?.type ?? 'a message'}
        </Name>
      </div>
    </li>
  );
}

function endSeen(end: Send): Seen {
  const seen = ofDo({ do: end });
  return end.status === 'done' ? { ...seen, tone: 'undone', shape: 'check' } : seen;
}

type CellsOf = {
  step: Step;
  saga: Saga;
  turned: boolean;
  next: Step | undefined;
  isNow: boolean;
  query: StoryQuery;
  column: number;
};

function StepCells({ step, saga, turned, next, isNow, query, column }: CellsOf) {
  const { name, do: act, undo, nothingToUndo, afterNoReturn } = step;
  const isToCome =
    saga.why !== undefined && saga.endedAt === undefined && ['done', 'silent'].includes(act.status);
  const onward = next !== undefined && next.do.status !== 'never-sent';
  return (
    <li className={styles.step} style={{ '--column': column }}>
      <SendCell
        row="do"
        title={name}
        sub={act.command}
        send={act}
        seen={ahead(ofDo(step), step, saga)}
        isNow={isNow}
        query={query}
        last={next === undefined}
        onward={onward}
        turned={turned}
      />
      {undo && undo.status !== 'never-sent' && (
        <SendCell
          row="undo"
          title={undo.command}
          send={undo}
          seen={ofUndo(undo)}
          isNow={isNow}
          query={query}
          label="undo"
        />
      )}
      {undo?.status === 'never-sent' && (
        <p className={styles.noUndo} data-row="undo" data-to-come={isToCome}>
          {act.status === 'refused' ? (
            'refused: nothing to undo'
          ) : (
            <Ghost says={isToCome ? 'still to undo' : 'undo, if need be'} command={undo.command} />
          )}
        </p>
      )}
      {!undo && !afterNoReturn && (
        <p className={styles.noUndo} data-row="undo">
          {nothingToUndo ?? 'no undo'}
        </p>
      )}
    </li>
  );
}

/** While a saga runs, what was not sent is only not sent yet. */
function ahead(seen: Seen, { do: act }: Step, { why, endedAt }: Saga): Seen {
  return act.status === 'never-sent' && !why && !endedAt ? { ...seen, word: 'not sent yet' } : seen;
}

function Ghost({ says, command }: { says: string; command: string }) {
  return (
    <>
      {says}: <span className={styles.ghost}>{command}</span>
    </>
  );
}

type SendOf = {
  row: 'do' | 'undo' | 'end';
  title: string;
  sub?: string;
  label?: string;
  send: Send;
  seen: Seen;
  isNow: boolean;
  query: StoryQuery;
  last?: boolean;
  /** The way goes on to the next. */
  onward?: boolean;
  /** The way turns back. */
  turned?: boolean;
};

function SendCell({
  row,
  title,
  sub,
  label,
  send,
  seen,
  isNow,
  query,
  last = false,
  onward = false,
  turned = false,
}: SendOf) {
  return (
    <div
      className={styles.cell}
      data-row={row}
      data-tone={seen.tone}
      data-status={send.status}
      data-last={last}
      data-onward={onward}
    >
      {turned && <span aria-hidden className={styles.turn} />}
      {label && <span className={styles.by}>{label}</span>}
      <Name to={send.sendId} query={query}>
        {title}
      </Name>
      {sub && <span className={styles.command}>{sub}</span>}
      <span className={styles.outcome}>
        <ShapeIcon shape={seen.shape} />
        <strong>{seen.word}</strong>
        {send.sentAt && send.endedAt && (
          <span className={styles.took}>{duration(Date.parse(send.endedAt) - Date.parse(send.sentAt))}</span>
        )}
      </span>
      <Notes send={send} isNow={isNow} />
    </div>
  );
}

function Notes({ send, isNow }: { send: Send; isNow: boolean }) {
  const { refusal, attempts, status, deadline, resentAt } = send;
  if (!refusal && attempts < 2 && !(status === 'waiting' && deadline && isNow)) return null;
  return (
    <span className={styles.notes}>
      {refusal && <code>{refusal}</code>}
      {attempts > 1 && (
        <span>
          sent {attempts} times
          {resentAt && (
            <>
              , last <When at={resentAt} />
            </>
          )}
        </span>
      )}
      {status === 'waiting' && deadline && isNow && <Left deadline={deadline} />}
    </span>
  );
}

function Left({ deadline }: { deadline: string }) {
  const left = Date.parse(deadline) - useNow();
  return <span>{left > 0 ? `${duration(Math.ceil(left / 1000) * 1000)} left` : 'its time is over'}</span>;
}

/** Leads to the message. */
function Name({ to, query, children }: { to: string | undefined; query: StoryQuery; children: ReactNode }) {
  if (!to) return <span className={styles.title}>{children}</span>;
  return (
    <button type="button" className={styles.title} onClick={() => query.change({ event: to })}>
      {children}
    </button>
  );
}
