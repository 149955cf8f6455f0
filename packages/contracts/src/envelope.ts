import { z } from 'zod';

/** W3C trace context, `00-<trace id>-<span id>-<flags>`. */
const Traceparent = z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);

/** Messages above this many hops are parked: somewhere two services answer each other for ever. */
export const MAX_HOPS = 64;

/**
 * A record's value: one CloudEvents 1.0 event in structured JSON mode. `data` is checked by the message's own schema.
 * Readers ignore fields that they do not know.
 */
export const Envelope = z.object({
  specversion: z.literal('1.0'),
  /** UUIDv7, unique per source: what the inbox remembers. */
  id: z.string().min(1).max(200),
  /** `/order`: the service that wrote it. */
  source: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  /** The order id; for products the SKU. It is the record's key. */
  subject: z.string().min(1).max(200),
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z.literal('application/json').optional(),
  dataschema: z.string().max(300).optional(),
  schemaversion: z.string().max(20).optional(),
  /** The whole story of an order, its cancellation too. */
  correlationid: z.string().min(1).max(200),
  /** The id of the message that caused this one; absent on what HTTP starts. */
  causationid: z.string().max(200).optional(),
  /** From 1 without gaps, ten digits: one counter per source and subject over all topics of that source. */
  sequence: z.string().regex(/^\d{10}$/),
  /** 0 from HTTP, else one more than the cause's. */
  hops: z.int().min(0),
  /** The id of the message that started the saga: on its commands and on all that they cause. */
  sagaid: z.string().max(200).optional(),
  traceparent: Traceparent,
  tracestate: z.string().max(512).optional(),
  data: z.unknown(),
});

export type Envelope<T extends string = string, D = unknown> = Omit<z.infer<typeof Envelope>, 'type' | 'data'> & {
  type: T;
  data: D;
};

/** The envelope that carries a definition's message: `EnvelopeOf<typeof OrderPlaced>`. */
export type EnvelopeOf<Definition> = Definition extends (data: never) => { type: infer T extends string; data: infer D }
  ? Envelope<T, D>
  : never;
