/** A message as it lies in Kafka, masked by the server. Hostile by nature: it is only ever text. */
import { JsonView } from 'react-json-view-lite';
import { usePayload } from '../../data/queries.ts';
import { Copy, Failure, Loading, Note } from '../../ui/parts.tsx';
import styles from './payload.module.css';

const OPEN_TO = 4;
const LOOK = {
  container: styles.json ?? '',
  basicChildStyle: styles.child ?? '',
  childFieldsContainer: styles.children ?? '',
  label: styles.label ?? '',
  clickableLabel: styles.label ?? '',
  nullValue: styles.plain ?? '',
  undefinedValue: styles.plain ?? '',
  numberValue: styles.number ?? '',
  stringValue: styles.string ?? '',
  booleanValue: styles.number ?? '',
  otherValue: styles.plain ?? '',
  punctuation: styles.plain ?? '',
  expandIcon: styles.expand ?? '',
  collapseIcon: styles.collapse ?? '',
  collapsedContent: styles.collapsed ?? '',
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  ariaLables: { collapseJson: 'Close', expandJson: 'Open' },
  stringifyStringValues: true,
};

export function PayloadView({ story, source, id }: { story: string; source: string; id: string }) {
  const { data: payload, error, refetch } = usePayload(story, source, id);
  if (!payload)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Loading lines={6} label="Loading the payload" />
    );
  const { envelope, raw, cut, masked, headers } = payload;
  return (
    <div className={styles.payload}>
      {cut && <Note>It is longer than what is kept: this is its beginning.</Note>}
      {masked.length > 0 && (
        <p className={styles.masked}>
          Cut before it was stored: <code>{masked.join(', ')}</code>
        </p>
      )}
      {typeof envelope === 'object' && envelope !== null ? (
        <JsonView
          data={envelope}
          shouldExpandNode={(level) => level < OPEN_TO}
          style={LOOK}
          clickToExpandNode
        />
      ) : (
        <Text label="The message">{raw ?? JSON.stringify(envelope)}</Text>
      )}
      <details>
        <summary>Headers ({Object.keys(headers).length})</summary>
        <Text label="The headers">
          {Object.entries(headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n')}
        </Text>
      </details>
      <Copy text={envelope === undefined ? (raw ?? '') : JSON.stringify(envelope, null, 2)}>
        Copy the payload
      </Copy>
    </div>
  );
}

/** Scrolled by keyboard too. */
const Text = ({ label, children }: { label: string; children: string }) => (
  <pre className={styles.raw} tabIndex={0} role="region" aria-label={label}>
    {children}
  </pre>
);
