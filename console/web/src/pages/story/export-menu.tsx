import type { Story } from '@order-saga/console/api';
import { ChevronDown } from 'lucide-react';
import { Copy, quiet } from '../../ui/parts.tsx';
import styles from './story.module.css';

export function ExportMenu({ story: { correlationId, orderId } }: { story: Story }) {
  // It is pasted into a shell, and whoever writes to Kafka may have chosen it.
  const path = `/api/stories/${encodeURIComponent(correlationId).replaceAll("'", '%27')}`;
  return (
    <>
      <button type="button" className={quiet} popoverTarget="export" style={{ anchorName: '--export' }}>
        Export <ChevronDown aria-hidden size={14} />
      </button>
      <div id="export" popover="auto" role="dialog" aria-label="Export" className={styles.exports}>
        <a className={quiet} href={`${path}/export?as=json`} download={`story-${correlationId}.json`}>
          The story as JSON
        </a>
        <a className={quiet} href={`${path}/export?as=mermaid`} download={`story-${correlationId}.mmd`}>
          Sequence diagram (Mermaid)
        </a>
        <Copy text={`curl '${location.origin}${path}'`}>Copy as curl</Copy>
        {orderId && <Copy text={`npm run sagas -- show ${orderId}`}>Copy the terminal’s command</Copy>}
      </div>
    </>
  );
}
