import type { Release } from '../engine/release.ts';
import { cancelOrder } from './cancel-order.saga.ts';
import { placeOrder } from './place-order.saga.ts';

/** What this release runs. How a new version comes in: docs/runbooks/bad-deployment.md and engine/release.ts. */
export const RELEASE: Release = { started: [placeOrder, cancelOrder], alsoRunning: [] };
