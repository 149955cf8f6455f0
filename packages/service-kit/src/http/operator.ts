/** What every operator's call says. */
import { OneLine } from './inputs.ts';

/**
 * Who presses the button, as the operator's tool says: it counts where no tokens are asked for (AUTH=off).
 */
export const By = { by: OneLine.max(200).optional() };
