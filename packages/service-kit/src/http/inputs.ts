/**
 * What a time, an id, a word may be, wherever it stands: path, query, cursor, body. JavaScript's are wider
 * than the database's, and what the database cannot hold is the caller's mistake, said with the field's name,
 * not ours.
 */
import { z } from 'zod';

/** To the database there is no year 0, and no fifth digit of a year. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** RFC 3339 with offset. The moment, not what was written, must lie in the years 1 to 9999. */
export const Time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine(
    (time) => time.getTime() >= EARLIEST && time.getTime() <= LATEST,
    'must lie in the years 0001 to 9999 (UTC)',
  );

/** RFC 9562: written in lower case, read in any. */
export const Id = z.uuid().toLowerCase();

/** PostgreSQL keeps no NUL, and JSON to PostgreSQL has no lone surrogates. */
const wellFormed = (text: string) => text.isWellFormed();
const NO_CONTROLS = /^[^\u0000-\u001f\u007f-\u009f]*$/;

/** A value that is looked for. */
export const Word = z
  .string()
  .max(200)
  .regex(NO_CONTROLS, 'must not contain control characters')
  .refine(wellFormed, 'must be well-formed Unicode');

/** What an operator types, a reason or a note: it is shown in lists and logs. */
export const OneLine = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .regex(NO_CONTROLS, 'must be one line without control characters')
  .refine(wellFormed, 'must be well-formed Unicode');
