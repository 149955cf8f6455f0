/**
 * The messages that the saga orchestrator owns: how each saga went, as far as its commands and their replies
 * do not say it already. That a step succeeded or was refused is the reply's to tell.
 */
import { z } from 'zod';
import { event } from '@sagakit/messages/define';
import { OrderId } from './values.ts';

const ofSaga = { orderId: OrderId, saga: z.string().min(1), version: z.int().min(1) };
const ofStep = { ...ofSaga, step: z.string().min(1) };
const subject = (data: { orderId: string }) => data.orderId;
const why = z.object({
  kind: z.enum(['refused', 'silent', 'cancelled', 'operator']),
  reason: z.string().optional(),
});

export const SagaStarted = event('SagaStarted', 'saga.events', z.object(ofSaga), subject);
/** The step timed out: what it did is unknown. */
export const SagaStepTimedOut = event('SagaStepTimedOut', 'saga.events', z.object(ofStep), subject);
export const SagaCompensating = event(
  'SagaCompensating',
  'saga.events',
  z.object({ ...ofSaga, why }),
  subject,
);
export const SagaCompleted = event('SagaCompleted', 'saga.events', z.object(ofSaga), subject);
export const SagaCompensated = event('SagaCompensated', 'saga.events', z.object({ ...ofSaga, why }), subject);
export const SagaNeedsAttention = event('SagaNeedsAttention', 'saga.events', z.object(ofStep), subject);
