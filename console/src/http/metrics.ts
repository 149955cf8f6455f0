/** What Prometheus is told of the console. */
import type { ReadModel } from '../store/model.ts';
import type { Hub } from '../stream/hub.ts';
import type { Telemetry } from '../telemetry/intake.ts';
import { metricsText } from './metrics-text.ts';

export type Measured = { model: ReadModel; hub: Hub; telemetry: Telemetry };

export const consoleMetrics = ({ model, hub, telemetry }: Measured): string =>
  metricsText([
    {
      name: 'order_saga_console_records_total',
      help: 'Records read',
      kind: 'counter',
      value: model.counts().read,
    },
    {
      name: 'order_saga_console_records_left_out_total',
      help: 'Records that could not be written to the read model',
      kind: 'counter',
      value: model.counts().skipped,
    },
    {
      name: 'order_saga_console_behind_seconds',
      help: 'How long ago everything that had been written was in the read model',
      kind: 'gauge',
      value: model.behindMs() / 1_000,
    },
    {
      name: 'order_saga_console_spans_kept_total',
      help: 'Spans that were stored',
      kind: 'counter',
      value: telemetry.describe().kept,
    },
    {
      name: 'order_saga_console_spans_dropped_total',
      help: 'Spans of stories that were over the budget',
      kind: 'counter',
      value: telemetry.describe().dropped,
    },
    {
      name: 'order_saga_console_listeners',
      help: 'Pages that listen',
      kind: 'gauge',
      value: hub.listeners(),
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory size in bytes.',
      kind: 'gauge',
      value: process.memoryUsage.rss(),
    },
  ]);
