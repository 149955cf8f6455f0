import type { SagaDefinition } from '../engine/define-saga.ts';
import { cancelOrder } from './cancel-order.saga.ts';
import { placeOrder } from './place-order.saga.ts';

/** Every definition that may be running, each version of it. */
export const SAGAS: readonly SagaDefinition[] = [placeOrder, cancelOrder];
