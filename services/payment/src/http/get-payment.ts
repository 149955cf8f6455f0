import { MAY_LOOK } from '@order-saga/contracts/access';
import { endpoint } from '@sagakit/service-kit/http/endpoint';
import { AnOrderId } from '@order-saga/contracts/values';
import { Problem } from '@sagakit/service-kit/http/problem';
import { z } from 'zod';
import type { Reads } from '../storage/reads.ts';

export function getPayment(reads: Reads) {
  return endpoint({
    method: 'get',
    path: '/payments/:orderId',
    summary: "An order's payment",
    access: MAY_LOOK,
    inputs: { params: z.object({ orderId: AnOrderId }) },
    responses: { 200: 'The payment', 404: 'Nothing was asked of this service for that order' },
    async handle({ params: { orderId } }) {
      const payment = await reads.findPayment(orderId);
      if (!payment) throw new Problem(404, `There is no payment for an order ${orderId}.`);
      const { status, amount, currency, paymentId, code, charges, refunds, updatedAt } = payment;
      return {
        status: 200,
        body: {
          orderId,
          status,
          amount: { amount: Number(amount), currency },
          charges,
          refunds,
          ...(paymentId === null ? {} : { paymentId }),
          ...(code === null ? {} : { code }),
          updatedAt: updatedAt.toISOString(),
        },
      };
    },
  });
}
