/**
 * What callers say and read of the subject of a saga: its name in paths and bodies, and how it is spoken of.
 */
import { z } from 'zod';
import type { SagaSubject } from '../release.ts';

/** `one` is `a booking`, `kind` is `booking`. */
export function ofSubject({ field, id, one }: SagaSubject) {
  return { field, id, one, kind: one.replace(/^an? /, '') };
}

/** The path's parameter under the name that it has there; the handler gets it as `key`. */
export function paramsOf({ field, id }: SagaSubject) {
  return z.object({ [field]: id }).transform((params) => ({ key: params[field] as string }));
}
