/** Asks the order service to cancel, and shows its answer as it was given. */
import type { Story } from '@order-saga/console/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { post } from '../data/client.ts';
import { button, Failure } from './parts.tsx';

export function CancelOrder({ story: { orderId, status, correlationId, sagas } }: { story: Story }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => post(`/api/shop/orders/${orderId}/cancel`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ['story', correlationId], exact: true }),
  });
  const isAsked =
    cancel.isSuccess || sagas.some(({ name, why }) => name === 'cancel-order' || why?.kind === 'cancelled');
  const canBe = orderId !== undefined && (status === 'PENDING' || status === 'CONFIRMED');
  if (!canBe && !cancel.error) return null;
  return (
    <>
      {canBe && (
        <button
          type="button"
          className={button}
          disabled={cancel.isPending || isAsked}
          onClick={() => cancel.mutate()}
        >
          {isAsked ? 'Cancelling…' : 'Cancel order'}
        </button>
      )}
      {cancel.error && <Failure error={cancel.error} />}
    </>
  );
}
