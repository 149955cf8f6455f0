/** What the sagas may ask of whom. */
import { CommitInventory, ReleaseInventory, ReserveInventory } from '@order-saga/contracts/inventory';
import { CancelOrder, ConfirmOrder, RejectOrder } from '@order-saga/contracts/order';
import { ProcessPayment, RefundPayment } from '@order-saga/contracts/payment';

export const inventory = { reserve: ReserveInventory, release: ReleaseInventory, commit: CommitInventory };
export const payment = { process: ProcessPayment, refund: RefundPayment };
export const order = { confirm: ConfirmOrder, reject: RejectOrder, cancel: CancelOrder };
