/** What every operator's call says. */
import { z } from 'zod';

/** A reason or a note: it is shown in lists and logs. */
export const OneLine = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must be one line without control characters');

/** Who presses the button; the services have no accounts, so it is what the operator's tool says. */
export const By = { by: OneLine.max(200).optional() };
