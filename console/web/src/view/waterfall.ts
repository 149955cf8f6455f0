/** Spans as rows of a waterfall: parents before children, children by time. */
import type { Span } from '@order-saga/console/api';
import { timeAxis } from './time-axis.ts';

export type Row = { span: Span; depth: number; left: number; width: number };

/** `left` and `width` in percent of the whole. */
export function waterfall(spans: readonly Span[]): { rows: Row[]; totalMs: number } {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentId }) => (parentId && ids.has(parentId) ? parentId : ''));
  const axis = timeAxis(
    spans.flatMap(({ startMs, durationMs }) => [startMs, startMs + durationMs]),
    { width: 1000, pad: 0, even: 0.2 },
  );
  const rows: Row[] = [];
  const seen = new Set<string>();
  const walk = (parent: string, depth: number) => {
    for (const span of (children.get(parent) ?? []).toSorted((a, b) => a.startMs - b.startMs)) {
      if (seen.has(span.spanId)) continue;
      seen.add(span.spanId);
      const left = axis.xOf(span.startMs) / 10;
      rows.push({
        span,
        depth,
        left,
        width: Math.max(0.4, axis.xOf(span.startMs + span.durationMs) / 10 - left),
      });
      walk(span.spanId, depth + 1);
    }
  };
  walk('', 0);
  const ends = spans.map(({ startMs, durationMs }) => startMs + durationMs);
  return { rows, totalMs: Math.max(0, ...ends) - Math.min(...spans.map(({ startMs }) => startMs)) };
}
