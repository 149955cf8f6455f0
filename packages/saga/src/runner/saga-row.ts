import type { MessageContext } from '@sagakit/messaging/to-envelope';
import type { SagaState } from '../state.ts';

/** The saga of one subject as it is stored: what `react` moves, and what the runtime must know around it. */
export type SagaRow = {
  /** The id of the message that started the saga: replies that carry another are not for it. */
  sagaId: string;
  saga: SagaState;
  /** What a deadline's or an operator's messages carry on, and what a command that is sent again repeats. */
  lastCommand: MessageContext;
  cancelRequest: MessageContext | undefined;
  partition: number;
  /** When the deadlines table will ask; undefined: no alarm is set. */
  alarmAt: string | undefined;
  /** Sagas of this subject that have ended and were followed by another. */
  earlier: SagaState[];
  correlationId: string;
};
