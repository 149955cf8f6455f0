/** What every operator's call says. */
import { OneLine } from './inputs.ts';

/** Who presses the button; the services have no accounts, so it is what the operator's tool says. */
export const By = { by: OneLine.max(200).optional() };
