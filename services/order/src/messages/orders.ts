/** Which command goes to which decision, and how its events are kept. */
import type { Envelope, EnvelopeOf } from '@sagakit/messages/envelope';
import { CancelOrder, ConfirmOrder, RejectOrder } from '@order-saga/contracts/order';
import { byType, decide, ignore } from '@sagakit/messaging/aggregate/decision';
import { handleRow } from '@sagakit/messaging/aggregate/participant';
import type { MessageWriter } from '@sagakit/messaging/to-envelope';
import { createIdentityMap } from '@sagakit/messaging/aggregate/rows';
import type { Aggregate } from '@sagakit/messaging/aggregate/unit';
import { cancelOrder, confirmOrder, type Decided, evolve, type Order, rejectOrder } from '../domain/order.ts';
import { appendEvents, lockOrders, saveOrders, type StoredOrder } from '../storage/orders.ts';

const COMMANDS = [ConfirmOrder, RejectOrder, CancelOrder] as const;

const decisionOf = byType<EnvelopeOf<(typeof COMMANDS)[number]>, Order | undefined, Decided>({
  ConfirmOrder: confirmOrder,
  RejectOrder: rejectOrder,
  CancelOrder: cancelOrder,
});

export function orderAggregate(writer: MessageWriter): Aggregate {
  return {
    handles: COMMANDS,
    async load(tx, incoming) {
      const rows = createIdentityMap(await lockOrders(tx, [...new Set(incoming.map(({ message }) => message.subject))]));
      const history: Envelope[] = [];
      return {
        handle: (input, now) =>
          handleRow(rows.get(input.message.subject), input, {
            writer,
            now,
            decide: decideEvents,
            keep(row, events) {
              rows.set(row);
              history.push(...events);
            },
          }),
        save: () => [...saveOrders(rows.changed()), ...appendEvents(history)],
      };
    },
  };
}

/** Events are the decision; the state is what they make of it. */
function decideEvents(stored: StoredOrder | undefined, command: Envelope, now: Date) {
  const events = decisionOf(stored?.order, command, now) ?? { ignored: 'no-decision' };
  if ('ignored' in events) return ignore(events.ignored);
  const order = events.reduce(evolve, stored?.order);
  return decide({ ...(stored as StoredOrder), order: order as Order }, [...events]);
}
