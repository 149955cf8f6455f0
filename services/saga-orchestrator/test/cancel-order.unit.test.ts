import { describe, it } from 'node:test';
import { cancelOrder } from '../src/sagas/cancel-order.saga.ts';
import { cancellationRequested, cancelled, refunded, released } from './messages.ts';
import { scenario } from '@sagakit/saga/testing';

describe('cancel-order only goes forward', () => {
  it('refunds, returns the stock, cancels', () => {
    scenario(cancelOrder)
      .given(cancellationRequested)
      .sends('RefundPayment')
      .reply(refunded)
      .sends('ReleaseInventory')
      .reply(released)
      .sends('CancelOrder')
      .reply(cancelled)
      .is('completed');
  });
  it('sends again what is not acknowledged', () => {
    scenario(cancelOrder)
      .given(cancellationRequested)
      .sends('RefundPayment')
      .timesOut()
      .sends('RefundPayment')
      .is('running');
  });
  it('cannot be turned back', () => {
    scenario(cancelOrder).given(cancellationRequested).compensate().ignored('compensate-after-no-return');
  });
});
