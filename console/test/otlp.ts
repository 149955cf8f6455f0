/** Spans as a service's SDK would send them. */
import { BEGAN, STORY_ID, TRACE } from './records.ts';

export type Told = {
  name?: string;
  trace?: string;
  span?: string;
  parent?: string;
  service?: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind?: number;
  /** Milliseconds since 1970. */
  at?: number;
  ms?: number;
  failed?: string;
  story?: string | null;
  attributes?: Record<string, string | number | boolean>;
};

let made = 0;
const nextSpan = () => (++made).toString(16).padStart(16, 'a');

const valueOf = (value: string | number | boolean) => {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) };
};
const attributesOf = (attributes: Record<string, string | number | boolean>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

/** The body of an export with these spans. */
export const exportOf = (...spans: Told[]) => ({
  resourceSpans: spans.map((told) => {
    const { name = 'process X', trace = TRACE, span = nextSpan(), at = BEGAN, ms = 3 } = told;
    const { story = STORY_ID, failed } = told;
    return {
      resource: { attributes: attributesOf({ 'service.name': told.service ?? 'payment' }) },
      scopeSpans: [
        {
          scope: { name: '@sagakit/messaging' },
          spans: [
            {
              ...{ traceId: trace, spanId: span, name, kind: told.kind ?? 5 },
              ...(told.parent ? { parentSpanId: told.parent } : {}),
              startTimeUnixNano: `${at}123456`,
              endTimeUnixNano: `${at + ms}123456`,
              attributes: attributesOf({
                ...(story === null ? {} : { 'messaging.message.conversation_id': story }),
                ...told.attributes,
              }),
              status: failed === undefined ? { code: 0 } : { code: 2, message: failed },
            },
          ],
        },
      ],
    };
  }),
});

/** The span of a reader. */
export const readerOf = (
  service: string,
  messageId: string,
  attributes: Record<string, string | boolean> = {},
): Told => ({
  service,
  name: 'process It',
  attributes: {
    'messaging.message.id': messageId,
    'messaging.consumer.group.name': service,
    ...attributes,
  },
});
