/** Which command goes to which decision about what an order holds of the stock. */
import { CommitInventory, ReleaseInventory, ReserveInventory } from '@order-saga/contracts/inventory';
import { aggregate } from '@sagakit/messaging/aggregate/aggregate';
import { commit, release, reserve } from './domain/reservation.ts';
import { holdings } from './storage/holdings.ts';

export const reservations = aggregate({ table: holdings })
  .on(ReserveInventory, reserve)
  .on(ReleaseInventory, release)
  .on(CommitInventory, commit);
