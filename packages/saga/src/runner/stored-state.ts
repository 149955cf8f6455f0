/**
 * A saga's state as it is stored: the subject stands under the name that the service has for it, as in its
 * messages.
 */
import type { SagaSubject } from '../release.ts';
import type { SagaState } from '../state.ts';

export type StoredState = { [field: string]: unknown };

export function fromStored(stored: StoredState, { field }: Pick<SagaSubject, 'field'>): SagaState {
  const { [field]: key, ...state } = stored;
  return { ...state, subject: key } as SagaState;
}

export function toStored(
  { subject: key, ...state }: SagaState,
  { field }: Pick<SagaSubject, 'field'>,
): StoredState {
  return { [field]: key, ...state };
}
