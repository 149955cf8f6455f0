import { isDeepStrictEqual } from 'node:util';
import { SERVICES } from '@order-saga/contracts/system';
import { lagOf, resetOffsets } from '@sagakit/kafka/admin/offsets';
import { queryAt } from '@sagakit/testing/connected';
import {
  eventually,
  expect,
  kill,
  orderBody,
  restart,
  shop,
  someSku,
  stack,
  test,
} from '../support/story.ts';
import { databaseOf, kafkaOf } from '../../tools/stack/state.ts';
import { GROUPS } from '../support/groups.ts';

test.describe.configure({ mode: 'parallel' });

for (const [how, forget] of [
  ['', false],
  [', also when the inboxes have forgotten it', true],
] as const) {
  test(`every record delivered a second time changes nothing${how}`, () => deliveredAgain(forget));
}

/** All that can be seen of the orders. Where a busy machine refuses one question, all are asked again. */
const pictureOf = (ids: readonly string[]) =>
  eventually('everybody answers', async () => ({
    orders: await Promise.all(ids.map((orderId) => shop.order(orderId))),
    sagas: await Promise.all(ids.map((orderId) => shop.saga(orderId))),
    payments: await Promise.all(ids.map((orderId) => shop.payment(orderId))),
    notifications: await Promise.all(ids.map((orderId) => shop.notifications(orderId))),
    ledger: await shop.ledger(),
    stock: await shop.allStock(),
  }));

async function deliveredAgain(forget: boolean): Promise<void> {
  const skus = [someSku(), someSku()];
  const ids = await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      const token = number % 4 === 0 ? 'tok_declined' : 'tok_visa';
      return (await shop.placed(orderBody([{ sku: skus[number % 2] as string, quantity: 1 }], token)))
        .orderId;
    }),
  );
  for (const orderId of ids) await shop.sagaEnded(orderId);
  // Of those that were confirmed, some are cancelled by a second saga.
  const cancelled = ids.filter((_, number) => number % 4 === 1);
  for (const orderId of cancelled) expect((await shop.cancel(orderId)).status).toBe(202);
  for (const orderId of cancelled) {
    await eventually(
      'the second saga has ended',
      async () => (await shop.saga(orderId)).earlier?.length === 1,
    );
    await shop.sagaEnded(orderId);
  }
  for (const orderId of ids)
    await eventually(
      'the customer is told',
      async () => (await shop.notifications(orderId)).length === (cancelled.includes(orderId) ? 2 : 1),
    );
  const picture = () => pictureOf(ids);
  const before = await picture();

  const connection = kafkaOf(stack(), 'operator');
  await Promise.all(Object.keys(GROUPS).map(kill));
  await Promise.all(
    Object.entries(GROUPS).map(([group, topics]) =>
      // A killed member stays in its group until its session ends.
      eventually(
        `${group} has left its group`,
        () => resetOffsets(connection, group, topics).then(() => true),
        {
          withinMs: 60_000,
          everyMs: 500,
        },
      ),
    ),
  );
  if (forget) await forgetInboxes();
  await Promise.all(Object.keys(GROUPS).map(restart));
  for (const [group, topics] of Object.entries(GROUPS)) {
    await eventually(
      `${group} has read everything again`,
      async () => (await lagOf(connection, group, topics)) === 0,
      {
        everyMs: 500,
      },
    );
  }
  if (!forget) expect(await picture()).toEqual(before);
  // What was answered is answered again, and that must settle first; a saga that should not be never does.
  else
    await eventually('all is as it was', async () => isDeepStrictEqual(await picture(), before), {
      withinMs: 20_000,
      everyMs: 500,
    });
  expect(await picture()).toEqual(before);
}

/** As if all of it were older than any inbox remembers. */
async function forgetInboxes(): Promise<void> {
  for (const service of SERVICES) await queryAt(databaseOf(stack(), service), 'delete from inbox');
}
