import { z } from 'zod';

/** W3C trace context, `00-<trace id>-<span id>-<flags>`, in lower case; the last three are captured. */
export const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** CloudEvents' String: no control characters, no lone surrogates. (Postgres could not even store a NUL.) */
const Attribute = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/u, 'must not contain control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

/** RFC 9110: names in any case, and parameters: `application/json; charset=utf-8`. */
const JSON_MEDIA_TYPE = /^application\/json *(;.*)?$/i;

/** RFC 3339, which has `t` and `z` in either case. */
const TIME = new RegExp(z.core.regexes.datetime({ offset: true }), 'i');

/** Messages above this many hops are parked: somewhere two services answer each other for ever. */
export const MAX_HOPS = 64;

/**
 * A record's value: one CloudEvents 1.0 event in structured JSON mode. `data` is checked by the message's own
 * schema. Readers ignore fields that they do not know.
 */
export const Envelope = z.object({
  specversion: z.literal('1.0'),
  /** UUIDv7, unique per source: what the inbox remembers. */
  id: Attribute(200).min(1),
  /** `/rooms`: the service that wrote it. */
  source: Attribute(200).min(1),
  type: Attribute(200).min(1),
  /** What it is about: an id. It is the record's key. */
  subject: Attribute(200).min(1),
  time: z.string().regex(TIME, 'must be a time of RFC 3339'),
  datacontenttype: Attribute(200).regex(JSON_MEDIA_TYPE, 'must be application/json').optional(),
  dataschema: Attribute(300).optional(),
  schemaversion: Attribute(20).optional(),
  /** The whole conversation about what was asked for, its cancellation too. */
  correlationid: Attribute(200).min(1),
  /** The id of the message that caused this one; absent on what HTTP starts. */
  causationid: Attribute(200).optional(),
  /** From 1 without gaps, ten digits: one counter per source and subject over all topics of that source. */
  sequence: z.string().regex(/^\d{10}$/),
  /** 0 from HTTP, else one more than the cause's. */
  hops: z.int().min(0),
  /** The id of the message that started the saga: on its commands and on all that they cause. */
  sagaid: Attribute(200).optional(),
  traceparent: z.string().regex(TRACEPARENT),
  tracestate: Attribute(512).optional(),
  data: z.unknown(),
});

export type Envelope<T extends string = string, D = unknown> = Omit<
  z.infer<typeof Envelope>,
  'type' | 'data'
> & {
  type: T;
  data: D;
};

/** The envelope that carries a definition's message: `EnvelopeOf<typeof BookingRequested>`. */
export type EnvelopeOf<Definition> = Definition extends (data: never) => {
  type: infer T extends string;
  data: infer D;
}
  ? Envelope<T, D>
  : never;
